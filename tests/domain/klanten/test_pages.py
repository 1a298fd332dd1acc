"""Pages are slices of all klanten, whichever end they are counted from."""

from __future__ import annotations

import pytest

from klanten_plugin.models import Klant, KlantAdres
from tests.pages import Found, find_klanten

COUNT, SIZE = 7, 3

pytestmark = pytest.mark.django_db


@pytest.fixture
def pks() -> list[int]:
    """Klanten with the same address. The last has a unique name."""
    klanten = Klant.objects.bulk_create(
        Klant(bronorganisatie="123456782", klantnummer=str(number), functie="Kok")
        for number in range(COUNT)
    )
    KlantAdres.objects.bulk_create(
        KlantAdres(klant=klant, postcode="1000AA") for klant in klanten
    )
    # moved within the table, but not on the page
    Klant.objects.filter(pk=klanten[0].pk).update(voornaam="Anders")
    Klant.objects.filter(pk=klanten[-1].pk).update(achternaam="Boom")
    return [klant.pk for klant in klanten]


@pytest.mark.parametrize("start", range(COUNT + SIZE))
@pytest.mark.parametrize(
    "lookups",
    [
        {},
        {"functie": "Kok"},
        {"adres__postcode": "1000AA"},
        {"adres__postcode": "1000AA", "functie": "Kok"},
    ],
    ids=lambda lookups: "+".join(lookups) or "all",
)
def test_a_page_is_a_slice(pks: list[int], lookups: dict[str, str], start: int) -> None:
    found = find_klanten(lookups, start, SIZE)

    # pages behind the last one don't exist
    count = COUNT if start < COUNT else 0
    assert found == Found(count, pks[start : start + SIZE])


@pytest.mark.parametrize(
    ("lookups", "hits"),
    [
        ({"achternaam": "Boom"}, 1),
        ({"achternaam": "boom"}, 0),
        ({"achternaam": "Boom", "adres__postcode": "1000AA"}, 1),
        ({"achternaam": "Boom", "adres__postcode": "1000AB"}, 0),
        ({"adres__postcode": "1000AA", "subject_vestiging__vestigings_nummer": "1"}, 0),
    ],
)
def test_values_narrow(pks: list[int], lookups: dict[str, str], hits: int) -> None:
    expected = Found(hits, pks[COUNT - hits :])

    assert find_klanten(lookups, 0, SIZE) == expected
    assert find_klanten(lookups, SIZE, SIZE) == Found(0, [])


def test_no_klanten() -> None:
    assert find_klanten({}, 0, SIZE) == find_klanten({}, SIZE, SIZE) == Found(0, [])
