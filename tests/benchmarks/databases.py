"""Databases of some number of klanten, next to that of DATABASE_URL.

With ``keep`` they stay, and are used again while they have the klanten that are asked
for; after a change of the tables, drop them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from tests.benchmarks.filling import fill


@contextmanager
def filled_database(size: int, *, keep: bool = False) -> Iterator[str]:
    """The name of a database with so many klanten; this process is connected to it."""
    settings = connection.settings_dict
    original = settings["NAME"]
    settings["TEST"]["NAME"] = f"bench_{size}"
    name = connection.creation.create_test_db(
        verbosity=0, autoclobber=True, keepdb=keep
    )
    try:
        _prepare(size)
        yield name
    finally:
        connection.close()
        connection.creation.destroy_test_db(original, verbosity=0, keepdb=keep)


def _prepare(size: int) -> None:
    from klanten_plugin.domain.klanten.bitmaps import catch_up
    from klanten_plugin.models import Klant
    from tests.benchmarks.operations import application

    if Klant.objects.count() < size:
        fill(size)
        catch_up()  # as the task does every 20 s
    application()
