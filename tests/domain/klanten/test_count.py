"""The count of klanten that triggers maintain equals the number of klanten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

import pytest
from structlog.testing import capture_logs

from klanten_plugin.domain.klanten.pages import recount_klanten
from klanten_plugin.domain.klanten.write import create_klant, delete_klant
from klanten_plugin.models import Klant
from klanten_plugin.tasks import clean
from tests.api.test_pagination import make_klanten
from tests.meanwhile import after_statement
from tests.pages import find_klanten

CHARACTERISTICS = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL"
outside_a_transaction = pytest.mark.django_db(transaction=True)

INSERT = """
    INSERT INTO klanten_plugin_klant (
        uuid, bronorganisatie, klantnummer, bedrijfsnaam, functie, website_url, voornaam,
        voorvoegsel_achternaam, achternaam, telefoonnummer, emailadres, subject,
        subject_type, etag
    )
    SELECT gen_random_uuid(), '123456782', n, '', '', '', '', '', '', '', '', '', '', ''
    FROM generate_series(%s::int, %s::int) AS n
"""
ONE_BY_ONE = f"""
    DO $$ BEGIN FOR i IN 1000..1999 LOOP {INSERT % ("i", "i")}; END LOOP; END $$
"""


def sql(statement: str, *parameters: Any) -> Callable[[], object]:
    """Change it like a user of ``psql``."""

    def change() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)

    return change


def created() -> Klant:
    return create_klant(
        {
            "bronorganisatie": "123456782",
            "website_url": "https://example.nl/",
            "subject_type": "vestiging",
            "subject_identificatie": {"vestigings_nummer": "1"},
        }
    )


def rolled_back() -> None:
    with transaction.atomic():
        make_klanten(7)
        transaction.set_rollback(True)


CHANGES: dict[str, Callable[[], object]] = {
    "created": created,
    "created and deleted": lambda: delete_klant(created()),
    "in bulk": lambda: make_klanten(7),
    "rolled back": rolled_back,
    "changed": lambda: Klant.objects.update(voornaam="Anders"),
    "deleted": lambda: Klant.objects.filter(klantnummer__lt="3").delete(),
    "nothing deleted": lambda: Klant.objects.filter(klantnummer="x").delete(),
    "SQL: many at once": sql(INSERT, 100, 199),
    "SQL: one by one": sql(ONE_BY_ONE),
    "SQL: deleted": sql("DELETE FROM klanten_plugin_klant"),
    "SQL: truncated": sql("TRUNCATE klanten_plugin_klant CASCADE"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("change", CHANGES)
def test_every_change_counts(change: str) -> None:
    sql(INSERT, 1, 5)()
    assert find_klanten({}, 0, 1).count == 5

    CHANGES[change]()

    assert find_klanten({}, 0, 1).count == Klant.objects.count()
    assert recount_klanten() == 0


@pytest.mark.django_db
def test_the_changes_become_one_now_and_then() -> None:
    sql(ONE_BY_ONE)()

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM klanten_plugin_klantcount")
        # on average one insert in fifty merges rows, so it is certain with a thousand
        assert cursor.fetchone()[0] < 900
    assert find_klanten({}, 0, 1).count == 1000


@outside_a_transaction
@pytest.mark.parametrize("committed", [True, False])
def test_what_is_under_way_counts_for_nobody_and_holds_up_nobody(
    other: Any, committed: bool
) -> None:
    sql(INSERT, 1, 5)()
    other.execute("BEGIN")
    # enough inserts to merge rows, without losing the existing ones
    other.execute(ONE_BY_ONE)

    assert find_klanten({}, 0, 1).count == 5
    sql(ONE_BY_ONE.replace("123456782", "000000012"))()
    Klant.objects.filter(klantnummer="1").delete()
    assert find_klanten({}, 0, 1).count == Klant.objects.count() == 1004
    other.execute("COMMIT" if committed else "ROLLBACK")

    assert (
        find_klanten({}, 0, 1).count == Klant.objects.count() == 1004 + 1000 * committed
    )
    assert recount_klanten() == 0


@outside_a_transaction
def test_a_snapshot_of_somebody_else(other: Any) -> None:
    other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    other.execute("SELECT count(*) FROM klanten_plugin_klant")
    sql(ONE_BY_ONE)()

    other.execute(ONE_BY_ONE.replace("123456782", "000000012"))
    other.execute("COMMIT")

    assert find_klanten({}, 0, 1).count == Klant.objects.count() == 2000


@outside_a_transaction
@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_the_hourly_task_compacts_where_triggers_cannot(
    other: Any, settings: Any, level: str
) -> None:
    """For example in a host that uses this isolation level for all its transactions."""
    other.execute(f"{CHARACTERISTICS} {level}")
    for number in range(200):
        other.execute(INSERT % (number, number))
    rows = "SELECT count(*) FROM klanten_plugin_klantcount"
    other.execute(rows)
    assert other.fetchone()[0] >= 200

    sql(f"{CHARACTERISTICS} {level}")()
    try:
        clean()
    finally:
        sql(f"{CHARACTERISTICS} READ COMMITTED")()

    other.execute(rows)
    assert other.fetchone()[0] == 1
    assert find_klanten({}, 0, 1).count == 200


@outside_a_transaction
def test_a_correction_of_somebody_else_is_not_repeated(other: Any) -> None:
    """It was committed while this one waited for the lock, in a host as above."""
    wrong = "INSERT INTO klanten_plugin_klantcount (change) VALUES ({})"
    sql(wrong.format(9))()

    sql(f"{CHARACTERISTICS} REPEATABLE READ")()
    try:
        with after_statement(
            "pg_advisory_xact_lock", lambda: other.execute(wrong.format(-9))
        ):
            assert recount_klanten() == 0
    finally:
        sql(f"{CHARACTERISTICS} READ COMMITTED")()

    assert find_klanten({}, 0, 1).count == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "corrected"),
    [
        ("INSERT INTO klanten_plugin_klantcount (change) VALUES (9)", -9),
        ("DELETE FROM klanten_plugin_klantcount", 5),
    ],
)
def test_what_came_past_the_triggers_is_found_again(
    statement: str, corrected: int
) -> None:
    make_klanten(5)
    sql(statement)()
    assert find_klanten({}, 0, 1).count != 5

    with capture_logs() as lines:
        clean()

    (line,) = (line for line in lines if line["event"] == "klanten_recounted")
    assert corrected in line.values()
    assert find_klanten({}, 0, 1).count == Klant.objects.count() == 5
