"""The host as it is run: processes of gunicorn on the database of the tests."""

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
"""Environment variable: the settings that those of the server start from."""
SETTINGS_ON_TOP = "SETTINGS_ON_TOP"
"""Environment variable: settings that go over those, as JSON."""
LAST_NUMBER = "LAST_KLANTNUMMER"
"""Environment variable: the last klantnummer that the server gives."""
SECONDS = 60
"""Enough for any request that isn't stuck."""


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
    """The origin of a server of this many processes, each for one request at a time.

    Unless ``options`` of gunicorn say otherwise; ``application`` is what it serves, and
    ``settings`` go over those of the host.

    ``environ`` takes the place of what they would have of the tests' own database and
    settings; ``log`` is where they write.
    """
    own = _environment() if environ is None else environ
    on_top = {SETTINGS_ON_TOP: json.dumps(settings or {})}
    with socket.create_server(("127.0.0.1", 0), backlog=2 * workers) as listening:
        port = listening.getsockname()[1]
        # it listens already, so nobody has to wait for the server before asking
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
        # at once: to tidy up, each of them would have to copy the memory they share
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
