"""Databases with a given number of klanten, next to that of DATABASE_URL.

With ``keep`` they aren't dropped, and are reused if they have the right number of
klanten. Drop them after a change of the tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from tests.benchmarks.filling import fill


@contextmanager
def filled_database(
    size: int, *, keep: bool = False, organisations: int = 1, processes: int = 1
) -> Iterator[str]:
    """Yield the name of a database with this number of klanten, and connect to it.

    ``organisations`` and ``processes`` are those of :func:`.filling.fill`.
    """
    settings = connection.settings_dict
    original = settings["NAME"]
    settings["TEST"]["NAME"] = f"bench_{size}"
    name = connection.creation.create_test_db(
        verbosity=0, autoclobber=True, keepdb=keep
    )
    try:
        _prepare(size, organisations, processes)
        yield name
    finally:
        connection.close()
        connection.creation.destroy_test_db(original, verbosity=0, keepdb=keep)


def _prepare(size: int, organisations: int, processes: int) -> None:
    from klanten_plugin.domain.klanten.bitmaps import catch_up
    from klanten_plugin.models import Klant
    from tests.benchmarks.operations import application

    if Klant.objects.count() < size:
        fill(size, organisations=organisations, processes=processes)
        catch_up()  # like the task that runs every 20 s
    application()
