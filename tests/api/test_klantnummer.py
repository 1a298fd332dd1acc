"""kla-001: the klantnummer is unique per bronorganisatie, and generated if omitted."""

from __future__ import annotations

import re
from typing import Any

from django.test import override_settings

import pytest

from klanten_plugin.models import Klant
from tests.api.test_pagination import make_klanten
from tests.api_client import URL, ApiClient, faults, klant_body

OTHER = "517439943"
UNIQUE = {("nonFieldErrors", "unique")}


def ranged(first: int, last: int) -> Any:
    """Limit the numbers that can be generated."""
    return override_settings(KLANTEN_KLANTNUMMER_RANGE=(first, last))


def take(first: int, count: int) -> None:
    """Use up these numbers."""
    klanten = make_klanten(count)
    for number, klant in enumerate(klanten, first):
        klant.klantnummer = f"{number:08}"
    Klant.objects.bulk_update(klanten, ["klantnummer"])


def test_is_given_when_it_is_left_out(api: ApiClient) -> None:
    numbers = [api.create()["klantnummer"] for _ in range(20)]

    assert len(set(numbers)) == 20
    for number in numbers:
        assert re.fullmatch(r"[1-9][0-9]{7}", number)
    # nobody can tell how many there are
    assert numbers != sorted(numbers)


def test_is_given_from_the_range(api: ApiClient) -> None:
    with ranged(7, 9):
        numbers = {api.create()["klantnummer"] for _ in range(3)}

    assert numbers == {"00000007", "00000008", "00000009"}


def test_is_kept_when_it_is_sent(api: ApiClient) -> None:
    assert api.create(klantnummer="Kn 1")["klantnummer"] == "Kn 1"


@pytest.mark.parametrize(("sent", "code"), [(None, "null"), ("", "blank")])
def test_empty_is_not_left_out(api: ApiClient, sent: Any, code: str) -> None:
    assert faults(api.post(klant_body(klantnummer=sent))) == {("klantnummer", code)}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_is_kept_by_an_update_without_it(
    api: ApiClient, klant: dict[str, Any], method: str
) -> None:
    changed = api.request(method, klant["url"], klant_body(achternaam="Boom"))

    assert changed.json() == {**klant, "achternaam": "Boom"}


@pytest.fixture
def two(api: ApiClient) -> list[dict[str, Any]]:
    """Return two klanten that differ in bronorganisatie and klantnummer."""
    return [
        api.create(klantnummer="1"),
        api.create(klantnummer="2", bronorganisatie=OTHER),
    ]


@pytest.mark.parametrize(
    ("method", "values"),
    [
        ("POST", {"klantnummer": "1"}),
        ("PUT", {"klantnummer": "1"}),
        ("PATCH", {"klantnummer": "1", "bronorganisatie": "123456782"}),
    ],
)
def test_unique(
    api: ApiClient, two: list[dict[str, Any]], method: str, values: Any
) -> None:
    body = values if method == "PATCH" else klant_body(**values)
    path = URL if method == "POST" else two[1]["url"]

    response = api.request(method, path, body)

    assert faults(response) == UNIQUE
    assert api.get().json()["results"] == two


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    "values", [{"klantnummer": "1"}, {"bronorganisatie": "123456782"}]
)
def test_unique_when_either_changes(
    api: ApiClient, method: str, values: dict[str, Any]
) -> None:
    api.create(klantnummer="1")
    same = {"klantnummer": "1", "bronorganisatie": "123456782"}
    (missing,) = same.keys() - values.keys()
    other = {"klantnummer": "2", "bronorganisatie": OTHER, missing: same[missing]}
    klant = api.create(**other)

    response = api.request(method, klant["url"], klant_body(**{**other, **values}))

    assert faults(response) == UNIQUE
    assert api.get(klant["url"]).json() == klant


def test_the_same_number_of_another_bronorganisatie(
    api: ApiClient, two: list[dict[str, Any]]
) -> None:
    assert api.post(klant_body(klantnummer="2")).status_code == 201
    assert api.patch(two[1]["url"], {"klantnummer": "1"}).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_its_own_number_again(
    api: ApiClient, two: list[dict[str, Any]], method: str
) -> None:
    body = klant_body(klantnummer="1")

    assert api.request(method, two[0]["url"], body).json() == two[0]


def test_a_number_is_free_again_after_a_delete(
    api: ApiClient, two: list[dict[str, Any]]
) -> None:
    api.delete(two[0]["url"])

    assert api.post(klant_body(klantnummer="1")).status_code == 201


@ranged(10_000_000, 10_000_002)
def test_no_number_left(api: ApiClient) -> None:
    for _ in range(3):
        api.create()

    response = api.post(klant_body())

    assert response.status_code == 409
    assert response.json()["code"] == "klantnummers-uitgeput"
    assert api.get().json()["count"] == 3
    # a number chosen by the consumer, and those of others, can be chosen as before
    assert api.post(klant_body(klantnummer="99999999")).status_code == 201
    other = api.post(klant_body(bronorganisatie=OTHER))
    assert other.status_code == 201
    assert other.json()["klantnummer"] in {"10000000", "10000001", "10000002"}


@ranged(10_000_000, 10_000_002)
def test_the_number_of_a_deleted_klant_is_given_again(api: ApiClient) -> None:
    klanten = [api.create() for _ in range(3)]
    api.delete(klanten[1]["url"])

    assert api.create()["klantnummer"] == klanten[1]["klantnummer"]


@ranged(10_000_000, 10_000_999)
@pytest.mark.parametrize("gap", [0, 500, 999])
def test_the_one_gap_in_a_full_range_is_found(api: ApiClient, gap: int) -> None:
    take(10_000_000, 1000)
    Klant.objects.filter(klantnummer=f"{10_000_000 + gap}").delete()

    assert api.create()["klantnummer"] == f"{10_000_000 + gap}"
    assert api.post(klant_body()).status_code == 409
