"""Memory use of a worker under hostile responses.

`python -m tests.benchmarks.remote_memory`

Prints the peak of a web worker that requests subjects, and of a process that reads
responses of APIs. Servers respond normally, redirect with a compressed or endless body,
or respond with a gzip bomb or an endless body, header, chunk or trailer. Then once more
after half a minute in which all of these still send to whoever reads. Works in a
separate database next to that of DATABASE_URL.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from argparse import ArgumentParser
from contextlib import ExitStack, suppress
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testapp.settings")
django.setup()

import psutil  # noqa: E402
import requests  # noqa: E402
from zgw_consumers.constants import AuthTypes  # noqa: E402
from zgw_consumers.models import Service  # noqa: E402

from klanten_plugin.clients.http.exchange import exchange  # noqa: E402
from klanten_plugin.exceptions import RemoteError  # noqa: E402
from tests.api_client import URL, klant_body, make_token  # noqa: E402
from tests.benchmarks.databases import filled_database  # noqa: E402
from tests.benchmarks.operations import CLIENT_ID  # noqa: E402
from tests.hostile import HOSTILE, Hostile, head, hostile_server  # noqa: E402
from tests.served.server import running_server  # noqa: E402

TIMES = 5
MOST_MEGABYTES = 10.0
SETTINGS = {
    "KLANTEN_SUBJECT_HOSTS": "all",
    # hosts that timed out are queried again at once
    "CACHES": {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}},
}


def normal(server: Hostile, connection: socket.socket) -> None:
    """Return a normal response."""
    server.send(connection, head(200, "Content-Length: 2") + b"{}")


class Worker:
    """The only process of the server that handles requests."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.headers = {"Authorization": f"Bearer {make_token(CLIENT_ID)}"}
        self.ask("http://127.0.0.1:1/")
        (process,) = [
            one
            for one in psutil.Process().children(recursive=True)
            if "tests.served.wsgi" in one.cmdline() and not one.children()
        ]
        self.folder = Path(f"/proc/{process.pid}")

    def ask(self, subject: str) -> int:
        """Return the status of a POST with this subject."""
        body = klant_body(subject=subject, subjectIdentificatie=..., subjectType=...)
        response = requests.post(
            self.origin + URL, json=body, headers=self.headers, timeout=120
        )
        return response.status_code

    def forget_peak(self) -> None:
        """Reset the peak."""
        (self.folder / "clear_refs").write_text("5")

    def peak(self) -> float:
        """Return the peak memory since the reset, in MB."""
        status = (self.folder / "status").read_text(encoding="utf-8")
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024


def read_replies(url: str, times: int) -> int:
    """Read from an API this number of times, and return the process id."""
    service = Service(label="far", api_root=url, auth_type=AuthTypes.no_auth)
    for _turn in range(times):
        with suppress(RemoteError):
            exchange(service, "GET", "x")
    return os.getpid()


class Reader:
    """A process that reads responses of APIs."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.folder = Path(f"/proc/{pool.apply(read_replies, ('http://x/', 0))}")

    def ask(self, url: str) -> None:
        """Read one response."""
        self.pool.apply(read_replies, (url.rpartition("/")[0] + "/", 1))

    forget_peak = Worker.forget_peak
    peak = Worker.peak


def peak_with(worker: Worker | Reader, server: Hostile) -> float:
    """Return the peak while subjects are requested from this server."""
    worker.forget_peak()
    for number in range(TIMES):
        worker.ask(server.url(f"/{number}"))
    return worker.peak()


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--later", type=float, default=30.0, help="seconds")
    parser.add_argument("--keep", action="store_true", help="keep the database")
    options = parser.parse_args()
    with ExitStack() as stack:
        stack.enter_context(filled_database(0, keep=options.keep))
        # spawned, not forked: shared memory would count
        reader = Reader(stack.enter_context(get_context("spawn").Pool(1)))
        log = stack.enter_context(Path(os.devnull).open("wb"))
        server = running_server(1, settings=SETTINGS, log=log)
        worker = Worker(stack.enter_context(server))
        for name, who in {"subjects": worker, "answers": reader}.items():
            measure(stack, name, who, options.later)


def measure(stack: ExitStack, name: str, worker: Worker | Reader, later: float) -> None:
    """Request from every server, and print each peak."""
    usual = stack.enter_context(hostile_server(normal))
    for _warm in range(4):
        base = peak_with(worker, usual)
    say(f"{name}: normal", base, base)
    for kind, answer in HOSTILE.items():
        server = stack.enter_context(hostile_server(answer))
        say(f"{name}: {kind}", peak_with(worker, server), base)
    worker.forget_peak()
    time.sleep(later)
    say(f"{name}: {later:.0f} s later", worker.peak(), base)


def say(kind: str, peak: float, base: float) -> None:
    """Print a line without buffering, because the next one takes a while."""
    missed = "" if peak - base <= MOST_MEGABYTES else "  MISSED"
    sys.stdout.write(f"{kind:<26} {peak:7.1f} MB {peak - base:+7.1f} MB{missed}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
