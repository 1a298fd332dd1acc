"""Pages of the collection, and what they cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from klanten_plugin.models import Klant
from tests.api_client import ORIGIN, URL, ApiClient
from tests.bodies import KINDS, full_body


def make_klanten(count: int, **fields: Any) -> list[Klant]:
    """Create klanten with only the required columns."""
    return Klant.objects.bulk_create(
        Klant(
            bronorganisatie="123456782",
            klantnummer=f"n{number:07}",
            website_url="https://example.nl/",
            **fields,
        )
        for number in range(count)
    )


def numbers(page: dict[str, Any]) -> list[str]:
    """Return the klanten on a page."""
    return [klant["klantnummer"] for klant in page["results"]]


def link(url: str) -> tuple[str, dict[str, str]]:
    """Return the path and the query of a link."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(query)) == len(query)
    return f"{parts.scheme}://{parts.netloc}{parts.path}", dict(query)


def test_no_klanten(api: ApiClient) -> None:
    empty = {"count": 0, "next": None, "previous": None, "results": []}

    assert api.get().json() == empty


@pytest.mark.parametrize(("count", "pages"), [(1, [1]), (100, [100]), (101, [100, 1])])
def test_a_hundred_a_page_the_oldest_first(
    api: ApiClient, count: int, pages: list[int]
) -> None:
    expected = [klant.klantnummer for klant in make_klanten(count)]

    seen, path = [], URL
    for size in pages:
        page = api.get(path).json()
        assert page["count"] == count
        assert len(page["results"]) == size
        seen += numbers(page)
        path = page["next"]

    assert path is None
    assert seen == expected


def test_links_are_absolute_and_keep_the_filters(api: ApiClient) -> None:
    make_klanten(201, achternaam="Boom & Zn", functie="é")
    make_klanten(0)
    filters = {"achternaam": "Boom & Zn", "functie": "é", "onbekend": "x"}
    query = "achternaam=Boom+%26+Zn&functie=%C3%A9&onbekend=x"

    first = api.get(f"{URL}?{query}").json()
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()

    collection = f"{ORIGIN}{URL}"
    assert first["previous"] is None
    assert link(first["next"]) == (collection, {**filters, "page": "2"})
    assert link(second["previous"]) == (collection, filters)
    assert link(second["next"]) == (collection, {**filters, "page": "3"})
    assert link(third["previous"]) == (collection, {**filters, "page": "2"})
    assert third["next"] is None
    assert api.get(second["previous"]).json() == first
    assert len({*numbers(first), *numbers(second), *numbers(third)}) == 201


def test_links_lead_to_the_host_that_was_asked(api: ApiClient, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["klanten.example.nl"]
    make_klanten(101)

    page = api.get(HTTP_HOST="klanten.example.nl", secure=True).json()

    assert page["next"] == f"https://klanten.example.nl{URL}?page=2"
    assert page["results"][0]["url"].startswith(f"https://klanten.example.nl{URL}/")


def test_pages_do_not_overlap_while_others_write(api: ApiClient) -> None:
    klanten = make_klanten(250)
    there = {klant.klantnummer for klant in klanten}

    first = api.get().json()
    # new ones, and old ones whose rows move within the table
    api.create()
    for klant in klanten[::7]:
        klant.voornaam = "Anders"
    Klant.objects.bulk_update(klanten[::7], ["voornaam"])
    second = api.get(first["next"]).json()
    api.create()
    third = api.get(second["next"]).json()

    seen = [*numbers(first), *numbers(second), *numbers(third)]
    assert len(seen) == len(set(seen)) == 252
    assert there < set(seen)
    assert seen[:250] == [klant.klantnummer for klant in klanten]


def test_a_deleted_klant_leaves_the_order_of_the_others(api: ApiClient) -> None:
    make_klanten(5)
    before = numbers(api.get().json())

    api.delete(api.get(f"{URL}?klantnummer={before[2]}").json()["results"][0]["url"])

    assert numbers(api.get().json()) == [*before[:2], *before[3:]]


@pytest.mark.parametrize(
    "page",
    [
        "0",
        "-1",
        "4",
        "abc",
        "1.0",
        "",
        "1e1",
        "1_0",
        "0x1",
        "LAST",
        "first",
        "%00",
        "1%00",
        "%FF",
        "99999999999999999999999",
        "9" * 5000,
        "null",
    ],
)
def test_no_such_page(api: ApiClient, page: str) -> None:
    make_klanten(201)

    response = api.get(f"{URL}?page={page}")

    assert response.status_code == 404
    body = response.json()
    assert (body["code"], body["detail"]) == ("not_found", "Ongeldige pagina.")


@pytest.mark.parametrize(("page", "count"), [("1", 100), ("3", 1), ("last", 1)])
def test_page(api: ApiClient, page: str, count: int) -> None:
    make_klanten(201)

    assert len(api.get(f"{URL}?page={page}").json()["results"]) == count


@pytest.mark.parametrize(
    "query",
    [
        "pageSize=1",
        "page_size=1",
        "limit=1",
        "offset=5",
        "ordering=-klantnummer",
        "ordering=-pk",
        "sort=-klantnummer",
    ],
)
def test_size_and_order_are_fixed(api: ApiClient, query: str) -> None:
    make_klanten(101)
    plain = api.get().json()

    page = api.get(f"{URL}?{query}").json()

    assert page == {**plain, "next": page["next"]}


def test_a_page_does_not_wait_for_garbage_to_be_collected(api: ApiClient) -> None:
    """View, request and response form reference cycles. The klanten aren't in them."""
    make_klanten(3)

    response = api.get()

    assert len(response.json()["results"]) == 3
    assert response.data is None


# --- cost: queries on the tables of klanten and their audit trail


def create_all(api: ApiClient, count: int) -> list[dict[str, Any]]:
    """Create klanten with all groups, of each kind in turn."""
    bodies = [
        full_body(KINDS[number % 3], klantnummer=f"f{number}")
        for number in range(count)
    ]
    return [api.post(body).json() for body in bodies]


@pytest.mark.parametrize("count", [1, 100])
def test_queries_of_a_page(
    api: ApiClient, own_queries: Callable[[], Any], count: int
) -> None:
    klanten = create_all(api, count)

    with own_queries() as queries:
        page = api.get().json()

    assert page["results"] == klanten
    # the number of klanten and the page in one
    assert len(queries) == 1, queries


@pytest.mark.parametrize("kind", KINDS)
def test_queries_of_a_klant(
    api: ApiClient, own_queries: Callable[[], Any], kind: str
) -> None:
    klant = api.post(full_body(kind)).json()

    with own_queries() as first:
        assert api.get(klant["url"]).json() == klant
    with own_queries() as again:
        assert api.get(klant["url"]).json() == klant

    # the first read after a change stores the hash
    assert len(first) == 2, first
    assert len(again) == 1, again


QUERIES = {
    # all rows in one, and the audit line (and the NHR state, if the subject has one)
    "POST": {"natuurlijk_persoon": 2, "niet_natuurlijk_persoon": 4, "vestiging": 3},
    # read, lock, read the current state; the rows that differ, and the audit line
    "PUT": {"natuurlijk_persoon": 6, "niet_natuurlijk_persoon": 6, "vestiging": 6},
    "PATCH": {"natuurlijk_persoon": 6, "niet_natuurlijk_persoon": 6, "vestiging": 6},
    # the same three, one statement for all rows of the klant, and its audit lines
    "DELETE": {"natuurlijk_persoon": 5, "niet_natuurlijk_persoon": 5, "vestiging": 5},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", QUERIES)
def test_queries_of_a_change(
    api: ApiClient, own_queries: Callable[[], Any], kind: str, method: str
) -> None:
    counts = []
    for number, others in enumerate((0, 50)):
        make_klanten(others)
        path, body = URL, full_body(kind, klantnummer=f"q{number}")
        if method != "POST":
            path = api.post(body).json()["url"]
            body |= {"voornaam": "Anders", "adres": {"huisletter": "x"}}
        with own_queries() as queries:
            assert api.request(method, path, body).status_code < 300
        counts.append(len(queries))

    assert counts == [QUERIES[method][kind]] * 2
