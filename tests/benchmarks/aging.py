"""Change random klanten, as in a database that has been in use for some time.

Rows that were just loaded and vacuumed are in the order of their keys, and all of them
are marked all-visible, unlike those of tables in use.
"""

from __future__ import annotations

import time

from django.db import connection

CHANGED = 0.04
"""Fraction of the klanten that changes before autovacuum runs."""

CHANGED_SINCE = 0.009
"""Fraction that changes after it, just below the threshold for another run."""

PATIENCE = 600.0
"""Seconds within which autovacuum must have run. It checks once a minute."""

CHANGES = {
    "klanten_plugin_klant": """
        UPDATE klanten_plugin_klant SET voornaam = voornaam || '.'
        WHERE ((id * 2654435761 + %s) %% 4294967296) / 4294967296.0 < %s
    """,
    "klanten_plugin_klantadres": """
        UPDATE klanten_plugin_klantadres SET huisletter = 'B'
        WHERE ((klant_id * 2654435761 + %s) %% 4294967296) / 4294967296.0 < %s
    """,
}
"""Change a fraction of each table, which is the first parameter."""


def age(patience: float = PATIENCE) -> None:
    """Change 4 %, wait for autovacuum with the settings of the tables, change 1 % more.

    The last change is the largest that doesn't trigger autovacuum. Raises
    ``RuntimeError`` if autovacuum doesn't run.
    """
    since = change_most()
    end = time.monotonic() + patience
    while not _vacuumed(since):
        if time.monotonic() > end:
            raise RuntimeError("autovacuum doesn't come: is it on?")
        time.sleep(1)
    change_some()


def change_most() -> object:
    """Change 4 % of the klanten, and return the time of the database afterwards."""
    return _change(0, CHANGED)


def change_some() -> object:
    """Change other klanten: the most that doesn't trigger autovacuum."""
    return _change(2**31, CHANGED_SINCE)


def _change(start: int, part: float) -> object:
    with connection.cursor() as cursor:
        for statement in CHANGES.values():
            cursor.execute(statement, [start, part])
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def _vacuumed(since: object) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_user_tables"
            " WHERE relname = ANY(%s) AND last_autovacuum > %s",
            [list(CHANGES), since],
        )
        return bool(cursor.fetchone()[0] == len(CHANGES))
