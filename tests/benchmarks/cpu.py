"""How much processor time do processes take?

Of the web workers and of the database backends that serve them: in nanoseconds as the
scheduler counts them, not in ticks of the clock. Linux only.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from django.db import connection

import psutil

CPUCLOCK_SCHED = 2
"""The kernel's number for a clock of processor time with the scheduler's precision."""


def nanoseconds(pids: Iterable[int]) -> int:
    """What these processes took since they started; those that ended count for none.

    Threads that ended are counted: under ASGI each request has one of its own.
    """
    return sum(_process_clock(pid) for pid in pids)


def _process_clock(pid: int) -> int:
    # clock_getcpuclockid(3), which Python has for threads alone
    try:
        return time.clock_gettime_ns((~pid << 3) | CPUCLOCK_SCHED)
    except OSError:
        return 0


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


def database_server() -> int:
    """What the whole database server took, in nanoseconds, for whichever client.

    Of processes that ended, such as backends of connections that were closed, to a
    hundredth of a second.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (own,) = cursor.fetchone()
    postmaster = psutil.Process(own).parent()
    if postmaster is None:
        raise RuntimeError("the database must run on this machine")
    ended = postmaster.cpu_times()
    alive = [child.pid for child in postmaster.children() if child.pid != own]
    return nanoseconds(alive) + int((ended.children_user + ended.children_system) * 1e9)
