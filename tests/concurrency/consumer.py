"""Ask the server over HTTP: one request, or many at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

import requests

from klanten_plugin.models import Klant
from tests.served.server import SECONDS

Call = Callable[[], requests.Response]

KLANTNUMMERS = [str(10_000_000 + number) for number in range(100)]
"""Every number that the server may give."""

WAITING = """
    SELECT count(DISTINCT waits.pid)
    FROM pg_locks AS waits JOIN pg_locks AS has USING (pid)
    WHERE NOT waits.granted
      AND has.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
"""How many connections to this database wait for another one."""


@dataclass(frozen=True)
class Consumer:
    """Asks the server, with a token; each request over a connection of its own."""

    origin: str
    token: str

    def request(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> requests.Response:
        url = path if path.startswith("http") else f"{self.origin}{path}"
        headers = {"Authorization": f"Bearer {self.token}", **headers}
        return requests.request(
            method, url, json=body, headers=headers, timeout=SECONDS
        )

    def later(self, method: str, path: str, body: Any = None) -> Call:
        """The request, to be made by whoever calls."""
        return lambda: self.request(method, path, body)


def at_once(calls: list[Call], mode: str = "EXCLUSIVE") -> list[requests.Response]:
    """The answers to requests of which each was in the middle of its work.

    A lock on the table holds them all back at their first lock of a row, or with mode
    ``SHARE`` at their first write, and is given free when the last one is there.
    """
    with ThreadPoolExecutor(len(calls)) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {Klant._meta.db_table} IN {mode} MODE")
            futures = [pool.submit(call) for call in calls]
            while not _all_held(cursor, futures):
                cursor.execute("SELECT pg_sleep(0.01)")
        return [future.result() for future in futures]


def _all_held(cursor: Any, futures: list[Future[requests.Response]]) -> bool:
    cursor.execute(WAITING)
    waiting: int = cursor.fetchone()[0]
    return waiting + sum(future.done() for future in futures) >= len(futures)


def wait_until_somebody_waits() -> None:
    """Until another connection waits for the transaction of this one."""
    with connection.cursor() as cursor:
        waiting = False
        while not waiting:
            cursor.execute("SELECT pg_sleep(0.01)")
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted"
                " AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
            )
            waiting = cursor.fetchone()[0]
