"""Saving a row with its groups uses no more queries than necessary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from klanten_plugin.domain.klanten.groups import insert_new, save_with_groups
from klanten_plugin.domain.klanten.locking import lock_klant
from klanten_plugin.domain.klanten.representation import represent_klant
from klanten_plugin.models import Klant, KlantAdres, Vestiging
from klanten_plugin.models.groups import get_group, group_paths

BUITENLAND = {"lnd_landcode": "5010", "lnd_landnaam": "België"}
VALUES: dict[str, Any] = {
    "bronorganisatie": "123456782",
    "klantnummer": "1",
    "website_url": "https://example.nl/",
    "subject_type": "vestiging",
    "adres": {"straatnaam": "Dam"},
    "subject_vestiging": {
        "handelsnaam": ["De Bakker"],
        "sub_verblijf_buitenland": BUITENLAND,
    },
}


@pytest.fixture
def klant(db: None) -> Klant:
    """A vestiging with two groups, loaded with all of them."""
    created = Klant()
    save_with_groups(created, VALUES)
    return lock_klant(created)


@pytest.mark.parametrize(
    ("values", "queries"),
    [
        ({}, 0),
        (VALUES, 0),
        ({"adres": {}, "subject_vestiging": {}}, 0),
        ({"subject_natuurlijk_persoon": {}}, 0),
        ({"subject_vestiging": {"verblijfsadres": None}}, 0),
        ({"klantnummer": "2"}, 1),
        ({"klantnummer": "2", "achternaam": "Boom"}, 1),
        ({"adres": {"huisnummer": 1}}, 1),
        ({"adres": None}, 1),
        ({"subject_vestiging": {"sub_verblijf_buitenland": {"lnd_landcode": "1"}}}, 1),
        (
            {
                "achternaam": "Boom",
                "adres": {"huisnummer": 1},
                "subject_vestiging": {"handelsnaam": []},
            },
            3,
        ),
    ],
)
def test_writes_what_differs(
    klant: Klant, own_queries: Callable[[], Any], values: Any, queries: int
) -> None:
    with own_queries() as made:
        save_with_groups(klant, values)

    assert len(made) == queries, made


def test_only_the_columns_that_differ(
    klant: Klant, own_queries: Callable[[], Any]
) -> None:
    with own_queries() as made:
        save_with_groups(klant, {**VALUES, "achternaam": "Boom"})

    (update,) = made
    assert '"achternaam"' in update
    assert '"klantnummer"' not in update
    assert '"etag"' not in update


def test_a_new_row_knows_that_it_has_no_groups(
    db: None, own_queries: Callable[[], Any]
) -> None:
    klant = Klant()
    save_with_groups(klant, {**VALUES, "adres": None, "subject_vestiging": {}})

    with own_queries() as made:
        for path in group_paths(Klant):
            if "__" not in path:
                assert get_group(klant, path) is None

    assert made == []


@pytest.mark.parametrize(
    "values",
    [
        VALUES,
        {"adres": None, "subject_vestiging": {}},
        {
            "subject_type": "natuurlijk_persoon",
            "subject_natuurlijk_persoon": {
                "inp_bsn": "900222086",
                "sub_verblijf_buitenland": BUITENLAND,
                "verblijfsadres": {"aoa_huisnummer": 0},
            },
        },
        {
            "subject_type": "niet_natuurlijk_persoon",
            "adres": {"huisnummer": None},
            "subject_niet_natuurlijk_persoon": {"sub_verblijf_buitenland": BUITENLAND},
        },
    ],
)
def test_a_new_row_is_inserted_as_it_is_saved(
    db: None, own_queries: Callable[[], Any], values: dict[str, Any]
) -> None:
    """In one statement, and the instances are equal as well."""
    complete = {"bronorganisatie": "123456782", "website_url": "", **values}
    saved, inserted = Klant(), Klant()
    save_with_groups(saved, {**complete, "klantnummer": "1"})

    with own_queries() as made:
        insert_new(inserted, {**complete, "klantnummer": "2"})
        body = represent_klant(inserted, "")

    assert len(made) == 1, made
    assert not inserted._state.adding
    assert inserted._state.db == saved._state.db
    assert body == {**represent_klant(saved, ""), "klantnummer": "2"}
    assert represent_klant(lock_klant(inserted), "") == body
    assert represent_klant(lock_klant(saved), "") == {**body, "klantnummer": "1"}


def test_a_group_that_was_removed_is_forgotten(klant: Klant) -> None:
    save_with_groups(klant, {"adres": None})
    assert get_group(klant, "adres") is None
    save_with_groups(klant, {"adres": None})

    save_with_groups(klant, {"adres": {"straatnaam": "Damrak"}})

    assert KlantAdres.objects.get() == klant.adres
    assert klant.adres.straatnaam == "Damrak"


def test_a_group_is_created_below_a_group_that_is_new(klant: Klant) -> None:
    Vestiging.objects.all().delete()
    klant = lock_klant(klant)

    save_with_groups(
        klant, {"subject_vestiging": {"sub_verblijf_buitenland": BUITENLAND}}
    )

    group = Vestiging.objects.get().sub_verblijf_buitenland
    assert group.lnd_landnaam == "België"
    assert klant.subject_vestiging.sub_verblijf_buitenland == group
