"""Processor time of processes.

Measures the web workers and the database backends that serve them, in nanoseconds as
counted by the scheduler, not in clock ticks. Linux only.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from django.db import connection

import psutil

CPUCLOCK_SCHED = 2
"""The kernel's clock id for processor time with the scheduler's precision."""


def nanoseconds(pids: Iterable[int]) -> int:
    """Return the processor time of these processes so far. Ended processes don't count.

    Ended threads count: under ASGI each request has a separate thread.
    """
    return sum(_process_clock(pid) for pid in pids)


def _process_clock(pid: int) -> int:
    # clock_getcpuclockid(3), which Python only offers for threads
    try:
        return time.clock_gettime_ns((~pid << 3) | CPUCLOCK_SCHED)
    except OSError:
        return 0


def workers(server: int) -> list[int]:
    """Return the child processes of the listening process."""
    return [child.pid for child in psutil.Process(server).children(recursive=True)]


def backends(database: str) -> list[int]:
    """Return the backends in this database that serve other processes than this one.

    Maintenance processes such as autovacuum are excluded, because they come and go.
    Raises :class:`RuntimeError` if they run on another machine, where the cost of a
    request can't be measured.
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
    """Return the nanoseconds of the complete database server, for all clients.

    Includes ended processes, such as backends of closed connections, with a precision
    of a hundredth of a second.
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
