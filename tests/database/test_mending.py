"""Missing, disabled and outdated triggers, functions and indexes are repaired."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import connection

import pytest

from klanten_plugin.domain.database import find_faults
from klanten_plugin.models import Klant
from tests.api.test_pagination import make_klanten
from tests.api_client import ApiClient
from tests.bodies import full_body
from tests.pages import find_klanten

outside_a_transaction = pytest.mark.django_db(transaction=True)


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def command(*options: str) -> str:
    output = io.StringIO()
    call_command("klanten_database", *options, stdout=output)
    return output.getvalue()


@pytest.fixture
def mended() -> Iterator[None]:
    """Restore the database of the tests afterwards."""
    yield
    command("--mend")


DAMAGE = {
    "DROP TRIGGER klanten_plugin_klant_changed ON klanten_plugin_klant": (
        "klanten_plugin_klant_changed ontbreekt",
    ),
    "DROP FUNCTION klanten_plugin_vestiging_changed CASCADE": (
        "klanten_plugin_vestiging_changed ontbreekt",
        "klanten_plugin_vestiging_changed ontbreekt",
    ),
    "ALTER TABLE klanten_plugin_klantadres DISABLE TRIGGER USER": (
        "klanten_plugin_klantadres_changed staat uit",
    ),
    "ALTER TABLE klanten_plugin_klant"
    " ENABLE REPLICA TRIGGER klanten_plugin_klant_inserted": (
        "klanten_plugin_klant_inserted staat uit",
    ),
    "CREATE OR REPLACE TRIGGER klanten_plugin_klant_changed"
    " BEFORE INSERT ON klanten_plugin_klant"
    " FOR EACH ROW EXECUTE FUNCTION klanten_plugin_klant_changed()": (
        "klanten_plugin_klant_changed is van een andere versie",
    ),
    "CREATE OR REPLACE FUNCTION klanten_plugin_klant_counted() RETURNS trigger"
    " AS 'BEGIN RETURN NULL; END' LANGUAGE plpgsql": (
        "klanten_plugin_klant_counted is van een andere versie",
    ),
    "ALTER FUNCTION klanten_plugin_klant_counted() RESET search_path": (
        "klanten_plugin_klant_counted is van een andere versie",
    ),
    "DROP INDEX klanten_audittrail_klant": ("klanten_audittrail_klant ontbreekt",),
    "UPDATE pg_index SET indisvalid = false"
    " WHERE indexrelid = 'klanten_zoek_achternaam'::regclass": (
        "klanten_zoek_achternaam is niet af",
    ),
}


@outside_a_transaction
@pytest.mark.parametrize("damage", DAMAGE)
def test_it_is_found_and_mended(mended: None, damage: str) -> None:
    execute(damage)

    assert tuple(map(str, find_faults())) == DAMAGE[damage]
    [warning] = [
        message
        for message in run_checks(databases=["default"])
        if message.id == "klanten_plugin.W017"
    ]
    assert DAMAGE[damage][0] in warning.msg
    assert "klanten_database --mend" in str(warning.hint)
    with pytest.raises(SystemExit):
        command()

    assert f"hersteld: {DAMAGE[damage][0]}" in command("--mend")
    assert "zoals deze versie" in command()
    assert find_faults() == []


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["klanten_plugin_klantcount", "klanten_plugin_klant"])
def test_a_table_that_is_gone_is_not_made_anew_in_silence(table: str) -> None:
    execute(f"DROP TABLE {table} CASCADE")
    assert [str(fault) for fault in find_faults()] == [f"{table} ontbreekt"]
    with pytest.raises(CommandError, match=table):
        command("--mend")


@outside_a_transaction
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE klanten_plugin_klant SET achternaam = 'Anders'",
        "UPDATE klanten_plugin_klantadres SET straatnaam = 'Anders'",
        "DELETE FROM klanten_plugin_verblijfsadres",
    ],
)
def test_no_etag_survives_a_change_without_triggers(
    mended: None, api: ApiClient, change: str
) -> None:
    url = api.create(**full_body("natuurlijk_persoon"))["url"]
    api.create()
    etag = api.get(url).headers["ETag"]
    execute(f"SET session_replication_role = replica; {change}; RESET ALL")
    unchanged = {"If-None-Match": etag}
    assert api.get(url, headers=unchanged).status_code == 304  # the damage to repair

    assert "ETags die niet klopten: 1" in command("--mend")

    assert api.get(url, headers=unchanged).status_code == 200
    assert "ETags die niet klopten: 0" in command("--mend")


@outside_a_transaction
def test_klanten_that_came_past_the_triggers_are_counted(mended: None, db: Any) -> None:
    make_klanten(3)
    execute(
        "SET session_replication_role = replica;"
        " DELETE FROM klanten_plugin_klant WHERE id IN"
        " (SELECT id FROM klanten_plugin_klant LIMIT 1); RESET ALL"
    )
    assert find_klanten({}, 0, 1).count == 3
    assert "aantal klanten gecorrigeerd met -1" in command("--mend")
    assert find_klanten({}, 0, 1).count == Klant.objects.count() == 2
