"""A hash never describes outdated values, whatever changes happen concurrently."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django.db import transaction

import pytest

from klanten_plugin.domain.klanten.etags import is_known, served_etag
from klanten_plugin.domain.klanten.representation import Representation, represent_klant
from klanten_plugin.domain.klanten.write import create_klant
from klanten_plugin.models import Klant
from klanten_plugin.models.groups import group_paths

URL = "https://example.nl/klanten/1"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _klant(transactional_db: None) -> None:
    create_klant(
        {
            "bronorganisatie": "123456782",
            "website_url": "https://example.nl/",
            "subject_type": "vestiging",
            "subject_identificatie": {"vestigings_nummer": "1"},
            "adres": {"straatnaam": "Dam"},
        }
    )


def read() -> tuple[Klant, Representation]:
    """Return a klant as a request reads it, and its representation."""
    klant = Klant.objects.select_related(*group_paths(Klant)).get()
    return klant, represent_klant(klant, URL)


def stored() -> str:
    """Return the stored hash."""
    return Klant.objects.values_list("etag", flat=True).get()


FIELD = "UPDATE klanten_plugin_klant SET achternaam = achternaam || 'x'"
GROUP = "UPDATE klanten_plugin_klantadres SET straatnaam = straatnaam || 'x'"
CHANGES = {
    "field": FIELD,
    "group": GROUP,
    "group removed": "DELETE FROM klanten_plugin_klantadres",
    "subject": "UPDATE klanten_plugin_vestiging SET vestigings_nummer = '2'",
}


def test_the_first_reader_stores_it() -> None:
    klant, body = read()
    assert not is_known(stored())

    etag = served_etag(klant, body)

    assert is_known(stored())
    assert served_etag(*read()) == etag


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("known", [True, False])
def test_a_change_after_the_read(other: Any, change: str, known: bool) -> None:
    if known:
        before = served_etag(*read())
    klant, body = read()

    other.execute(CHANGES[change])
    etag = served_etag(klant, body)

    # correct for what was read, but not stored for what is there now
    if known:
        assert etag == before
    assert not is_known(stored())
    assert served_etag(*read()) != etag


def test_two_changes_after_the_read(other: Any) -> None:
    klant, body = read()
    other.execute(FIELD)
    other.execute("UPDATE klanten_plugin_klant SET achternaam = ''")

    etag = served_etag(klant, body)

    # the same values again, but that can't be known
    assert not is_known(stored())
    assert served_etag(*read()) == etag


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("committed", [True, False])
def test_a_change_that_is_under_way(other: Any, change: str, committed: bool) -> None:
    other.execute("BEGIN")
    other.execute(CHANGES[change])

    # neither waits for the writer, nor stores a hash during its transaction
    before = served_etag(*read())
    marker = stored()
    other.execute("COMMIT" if committed else "ROLLBACK")

    assert not is_known(marker)
    after = served_etag(*read())
    assert (after != before) is committed
    assert is_known(stored())


def test_two_readers_agree(other: Any) -> None:
    (first, body), (second, same) = read(), read()

    assert served_etag(first, body) == served_etag(second, same)
    assert is_known(stored())


def test_readers_at_different_addresses_store_the_same() -> None:
    (first, body), (second, same) = read(), read()
    # nor does the order of the fields matter
    elsewhere = dict(reversed(same.items())) | {"url": "https://example.nl/other/1"}

    assert served_etag(first, body) != served_etag(second, elsewhere)
    assert first.etag == second.etag


@pytest.mark.parametrize("within", [nullcontext, transaction.atomic])
def test_a_database_that_cannot_be_written_to(other: Any, within: Any) -> None:
    other.execute(
        """
        CREATE FUNCTION tests_refuse() RETURNS trigger AS $$
        BEGIN RAISE EXCEPTION 'standby' USING ERRCODE = 'read_only_sql_transaction'; END
        $$ LANGUAGE plpgsql;
        CREATE TRIGGER a_refuse BEFORE UPDATE ON klanten_plugin_klant
        FOR EACH ROW EXECUTE FUNCTION tests_refuse();
        """
    )
    try:
        with within():
            etag = served_etag(*read())
            assert not is_known(stored())
    finally:
        other.execute("DROP FUNCTION tests_refuse CASCADE")

    assert served_etag(*read()) == etag
