"""The number of queries per request, including those of the token check."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.test.utils import CaptureQueriesContext

import pytest

from klanten_plugin.api.filters import PARAMETERS
from klanten_plugin.models import Klant
from tests.api.test_pagination import make_klanten
from tests.api_client import URL, ApiClient
from tests.bodies import KINDS, full_body

MOST = {
    "page": 2,
    "detail": 3,
    "not modified": 2,
    "filter": 3,
    "audit trail": 3,
    "POST": 8,
    "PATCH": 9,
    "PUT": 9,
    "DELETE": 10,
}

outside_a_transaction = pytest.mark.django_db(transaction=True)
"""In a transaction, like requests. Otherwise each of theirs would be a savepoint."""

SUBJECT = "https://subjecten.example.nl/api/v1/subjecten/1"


@contextmanager
def at_most(what: str) -> Iterator[None]:
    """Limit the statements sent to the database. BEGIN and COMMIT count too."""
    with CaptureQueriesContext(connection) as captured:
        yield
    statements = [query["sql"] for query in captured.captured_queries]
    assert 0 < len(statements) <= MOST[what], "\n".join(statements)


@pytest.fixture
def klanten(api: ApiClient) -> list[dict[str, Any]]:
    """A klant of each kind, with every field and group."""
    bodies = [full_body(kind, klantnummer=f"n{kind[:6]}") for kind in KINDS]
    created = [api.post(body).json() for body in bodies]
    Klant.objects.update(subject=SUBJECT)
    return [{**klant, "subject": SUBJECT} for klant in created]


def test_a_page(api: ApiClient, klanten: list[dict[str, Any]]) -> None:
    make_klanten(250)

    for page in ("1", "2", "last"):
        with at_most("page"):
            assert api.get(f"{URL}?page={page}").json()["count"] == 253


@outside_a_transaction
@pytest.mark.parametrize("number", range(len(KINDS)), ids=KINDS)
def test_a_klant(api: ApiClient, klanten: list[dict[str, Any]], number: int) -> None:
    klant = klanten[number]

    # the first one stores the hash
    with at_most("detail"):
        etag = api.get(klant["url"]).headers["ETag"]
    with at_most("detail"):
        assert api.get(klant["url"]).json() == klant
    with at_most("not modified"):
        response = api.get(klant["url"], headers={"If-None-Match": etag})
        assert response.status_code == 304
    with at_most("audit trail"):
        assert len(api.get(f"{klant['url']}/audittrail").json()) == 1


def value_of(klant: dict[str, Any], parameter: str) -> str | None:
    """Return the klant's value of the field that a filter compares."""
    group, separator, name = parameter.partition("__")
    if not separator:
        return str(klant[parameter])
    name = {"inpA_nummer": "inpANummer", "woonplaatsNaam": "woonplaatsnaam"}.get(
        name, name
    )
    body = klant["adres" if group == "adres" else "subjectIdentificatie"]
    value: str | None = body.get(name)
    return value


@pytest.mark.parametrize("parameter", PARAMETERS)
@pytest.mark.parametrize("others", [0, 150])
def test_a_filter(
    api: ApiClient, klanten: list[dict[str, Any]], parameter: str, others: int
) -> None:
    values = [value_of(klant, parameter) for klant in klanten]
    value = next(value for value in values if value)
    query = urlencode({parameter: value})
    make_klanten(others)

    with at_most("filter"):
        page = api.get(f"{URL}?{query}").json()

    has_all = others if parameter == "bronorganisatie" else 0
    assert page["count"] == values.count(value) + has_all
    assert len(page["results"]) == min(page["count"], 100)
    with at_most("filter"):
        api.get(f"{URL}?{query}&page=last")


@outside_a_transaction
@pytest.mark.parametrize("kind", KINDS)
def test_changes(api: ApiClient, settings: Any, kind: str) -> None:
    settings.NOTIFICATIONS_DISABLED = False
    body = full_body(kind)
    del body["klantnummer"]

    with at_most("POST"):
        response = api.post(body)
    assert response.status_code == 201
    url = response.json()["url"]
    with at_most("PATCH"):
        assert api.patch(url, {"voornaam": "Anders"}).status_code == 200
    number = response.json()["klantnummer"]
    with at_most("PUT"):
        changed = {**body, "klantnummer": number, "voornaam": "Nog anders"}
        assert api.put(url, changed).status_code == 200
    with at_most("DELETE"):
        assert api.delete(url).status_code == 204
