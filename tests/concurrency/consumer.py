"""Requests to the server over HTTP: a single one, or many concurrent ones."""

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
"""Every number that the server can generate."""

WAITING = """
    SELECT count(DISTINCT waits.pid)
    FROM pg_locks AS waits JOIN pg_locks AS has USING (pid)
    WHERE NOT waits.granted
      AND has.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
"""The number of connections to this database that wait for another one."""


@dataclass(frozen=True)
class Consumer:
    """Sends requests with a token, each over a separate connection."""

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
        """Return a function that sends the request."""
        return lambda: self.request(method, path, body)


def at_once(calls: list[Call], mode: str = "EXCLUSIVE") -> list[requests.Response]:
    """Return the responses to requests that were all in progress at the same time.

    A lock on the table blocks all of them at their first row lock, or with mode
    ``SHARE`` at their first write. It is released when the last one waits.
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
    """Wait until another connection waits for the transaction of this one."""
    with connection.cursor() as cursor:
        waiting = False
        while not waiting:
            cursor.execute("SELECT pg_sleep(0.01)")
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted"
                " AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
            )
            waiting = cursor.fetchone()[0]
