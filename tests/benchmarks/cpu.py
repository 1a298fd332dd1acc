"""How much processor time do processes take?

Of the web workers and of the database backends that serve them, from ``/proc``: in
nanoseconds as the scheduler counts them, not in ticks of the clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.db import connection

import psutil


def nanoseconds(pids: Iterable[int]) -> int:
    """What these processes took since they started; those that ended count for none."""
    total = 0
    for pid in pids:
        for schedstat in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            total += int(schedstat.read_text(encoding="ascii").split()[0])
    return total


def workers(server: int) -> list[int]:
    """The processes below the one that listens."""
    return [child.pid for child in psutil.Process(server).children(recursive=True)]


def backends(database: str) -> list[int]:
    """The database's processes that serve others than this one, in this database.

    Not those of its upkeep, such as autovacuum: they come and go as they please. Raises
    :class:`RuntimeError` where they run on another machine: then what a request costs
    there can't be seen.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'",
            [database],
        )
        pids = [pid for (pid,) in cursor.fetchall()]
    if any(not Path(f"/proc/{pid}/schedstat").exists() for pid in pids):
        raise RuntimeError("the database must run on this machine")
    return pids
