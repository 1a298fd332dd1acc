"""The host in gunicorn processes, on the database of the tests."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from django.db import connection

ROOT = Path(__file__).parent.parent.parent
SETTINGS_UNDER_TEST = "SETTINGS_UNDER_TEST"
"""Environment variable: the base settings of the server."""
SETTINGS_ON_TOP = "SETTINGS_ON_TOP"
"""Environment variable: JSON with settings that override those."""
LAST_NUMBER = "LAST_KLANTNUMMER"
"""Environment variable: the last klantnummer that the server generates."""
SECONDS = 60
"""A timeout that is sufficient for any request that isn't stuck."""


@contextmanager
def running_server(
    workers: int,
    last_number: int = 99_999_999,
    environ: Mapping[str, str] | None = None,
    log: IO[bytes] | None = None,
    *,
    options: Sequence[str] = (),
    application: str = "tests.served.wsgi",
    settings: Mapping[str, Any] | None = None,
) -> Iterator[str]:
    """Yield the origin of a server with this number of single-threaded processes.

    ``options`` of gunicorn can override that. ``application`` is the served
    application. ``settings`` override those of the host. ``environ`` replaces the
    variables with the database and settings of the tests. ``log`` is the path of the
    log.
    """
    own = _environment() if environ is None else environ
    on_top = {SETTINGS_ON_TOP: json.dumps(settings or {})}
    with socket.create_server(("127.0.0.1", 0), backlog=2 * workers) as listening:
        port = listening.getsockname()[1]
        # it already listens, so clients can connect before it is ready
        process = subprocess.Popen(  # noqa: S603 - our own arguments
            [
                *(sys.executable, "-m", "gunicorn"),
                *("--bind", f"fd://{listening.fileno()}"),
                *("--workers", str(workers), "--preload"),
                *("--timeout", str(SECONDS), "--log-level", "warning"),
                *options,
                application,
            ],
            pass_fds=[listening.fileno()],
            start_new_session=True,
            cwd=ROOT,
            env={**os.environ, **own, **on_top, LAST_NUMBER: str(last_number)},
            stderr=log,
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        # SIGKILL, because for a clean exit each would have to copy its shared memory
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment() -> dict[str, str]:
    url = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    return {
        "DATABASE_URL": url._replace(path=f"/{name}").geturl(),
        SETTINGS_UNDER_TEST: os.environ["DJANGO_SETTINGS_MODULE"],
        "DJANGO_SETTINGS_MODULE": "tests.served.settings",
    }
