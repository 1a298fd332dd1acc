"""The benchmark host, served by gunicorn."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.db import connection

from tests.benchmarks import cpu

WORKERS = 1
KEPT = ("--worker-class", "gthread", "--threads", "1", "--keep-alive", "60")
"""Options of gunicorn that keep HTTP connections, as they are behind a gateway."""
CONNECTIONS = "BENCHMARK_CONNECTIONS"
"""Environment variable: handling of database connections by the host."""


@contextmanager
def running_host(
    port: int = 0,
    *,
    application: str = "testapp.wsgi",
    options: Sequence[str] = KEPT,
    connections: str = "kept",
    workers: int = WORKERS,
) -> Iterator[tuple[int, int]]:
    """Yield process id and port of a host on this process's database.

    ``connections`` to the database are ``kept``, ``closed`` after each request, or
    those of a ``pool``. ``options`` are gunicorn's.
    """
    with socket.create_server(("127.0.0.1", port), backlog=64) as listening:
        number = listening.getsockname()[1]
        process = subprocess.Popen(  # noqa: S603 - our own arguments
            [
                *(sys.executable, "-m", "gunicorn"),
                *("--bind", f"fd://{listening.fileno()}"),
                *("--workers", str(workers), "--log-level", "warning"),
                *("--timeout", "300", *options, application),
            ],
            pass_fds=[listening.fileno()],
            env={**os.environ, **environment(), CONNECTIONS: connections},
        )
    try:
        _wait_for_workers(process, workers)
        yield process.pid, number
    finally:
        process.terminate()
        process.wait(30)


def _wait_for_workers(process: subprocess.Popen[bytes], workers: int) -> None:
    for _attempt in range(300):
        if len(cpu.workers(process.pid)) == workers:
            return
        time.sleep(0.1)
    raise RuntimeError("gunicorn doesn't start")


def environment() -> dict[str, str]:
    """Return the environment with this process's database."""
    url = urlsplit(os.environ["DATABASE_URL"])
    return {
        "DATABASE_URL": url._replace(
            path=f"/{connection.settings_dict['NAME']}"
        ).geturl(),
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.host.settings",
        "LOG_LEVEL": "ERROR",
    }
