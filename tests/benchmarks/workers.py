"""Throughput and cost of one worker process: `python -m tests.benchmarks.workers`.

Notifications are delivered to a receiver that takes 5 ms for each, and klanten are
taken over from a register that responds at once. Alternates three ways: one thread with
a remote that closes connections after every response, one thread with persistent
connections, and as workers do it. Prints rows per second, processor time per row of the
worker and of its PostgreSQL backend (for a single thread, because the backends of
others have ended by then), the number of connections, and the ratios. Works in a
separate database next to that of DATABASE_URL, which it drops afterwards.
"""

from __future__ import annotations

import os
import socketserver
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

import django
from django.db import connection

from tests.benchmarks import cpu
from tests.benchmarks.nhr_due import own_database, report
from tests.benchmarks.outbox_claims import analyze, fill, without_logs

SECONDS = 0.005
"""Seconds that the receiver takes per notification."""
GOALS = {"notifications": 150.0, "take-overs": 60.0}
ROWS = {"notifications": 300, "take-overs": 150}
ROUNDS = 3
DIGITS = 12


class FarEnd(socketserver.StreamRequestHandler):
    """A minimal HTTP server, because its own processor time must not count."""

    disable_nagle_algorithm = True
    made = 0
    closing = False
    lock = threading.Lock()

    def handle(self) -> None:
        with self.lock:
            FarEnd.made += 1
        while self.serve():
            pass

    def serve(self) -> bool:
        """Handle one request. Return whether the connection stays open."""
        head = self.rfile.readline().split()
        if not head:
            return False
        length = 0
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            name, _colon, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        self.rfile.read(length)
        path = head[1].decode()
        if head[0] == b"POST":
            time.sleep(SECONDS)
        closing = FarEnd.closing
        self.answer(self.content(path))
        return not (closing or path.startswith("/made"))

    def content(self, path: str) -> bytes:
        """Return the body for a path. ``/made/closing`` also changes the behaviour."""
        if path.startswith("/made"):
            with self.lock:
                count, FarEnd.made = FarEnd.made - 1, 0
            FarEnd.closing = path.endswith("closing")
            return b"%d" % count
        if "vestigingen" in path:
            number = path.rpartition("/")[2]
            return b'{"telefoonnummer": "+31%s"}' % number.encode()
        return b"{}"

    def answer(self, content: bytes) -> None:
        """Send it in a single call."""
        ends = b"Connection: close\r\n" if FarEnd.closing else b""
        self.wfile.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n%s\r\n%s" % (len(content), ends, content)
        )


def serve() -> None:
    """Run the remote in a separate process, and print its port."""

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 64

    with Server(("127.0.0.1", 0), FarEnd) as server:
        print(server.server_address[1], flush=True)  # noqa: T201
        server.serve_forever()


@contextmanager
def far_end() -> Iterator[int]:
    """Yield the port of the remote."""
    command = [sys.executable, "-m", "tests.benchmarks.workers", "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def made(port: int, *, closing: bool) -> int:
    """Return the number of connections, and set whether it closes them from now on."""
    path = "made/closing" if closing else "made/keeping"
    with urlopen(f"http://127.0.0.1:{port}/{path}") as answer:
        return int(answer.read())


def configure(port: int) -> None:
    """Send notifications there, and use the register there."""
    from django.conf import settings

    from tests import nhr, notificaties

    settings.NOTIFICATIONS_DISABLED = False
    notificaties.use_service(f"http://127.0.0.1:{port}/api/v1/")
    nhr.NhrBron.objects.all().delete()
    nhr.NhrBron.objects.create(
        config=nhr.KlantenConfig.get_solo(),
        soort="haal_centraal",
        service=nhr.make_service(f"http://127.0.0.1:{port}/bevragen/v1/"),
    )


def fill_notifications(count: int) -> None:
    """Insert this number of rows for different klanten."""
    from klanten_plugin.constants import OutboxKind

    fill(OutboxKind.NOTIFICATION, count)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE klanten_plugin_outboxtask SET payload ="
            """ '{"actie": "update", "subjectType": "vestiging"}'"""
        )


def fill_takeovers(count: int) -> None:
    """Create this number of klanten with a number to look up."""
    from klanten_plugin.domain.klanten.changes import ChangeContext
    from klanten_plugin.domain.klanten.write import create_klant
    from klanten_plugin.models import Klant

    first = Klant.objects.count()
    for number in range(first, first + count):
        create_klant(
            {
                "bronorganisatie": "123456782",
                "website_url": "https://example.nl/",
                "bedrijfsnaam": f"Zaak {number}",
                "achternaam": f"Jansen {number}",
                "adres": {"straatnaam": "Kade", "huisnummer": 1, "postcode": "1234AB"},
                "subject_type": "vestiging",
                "subject_identificatie": {
                    "vestigings_nummer": f"{number + 1:0{DIGITS}}",
                    "verblijfsadres": {
                        "aoa_identificatie": "1",
                        "gor_openbare_ruimte_naam": "Kade",
                        "aoa_huisnummer": 1,
                        "wpl_woonplaats_naam": "Utrecht",
                    },
                },
            },
            ChangeContext(silent=True),
        )


@dataclass(frozen=True)
class Rate:
    """Rows per second, and milliseconds of processor time per row, of one round."""

    rows: float
    web: float
    database: float
    connections: int


WAYS = {"closed": "one thread, closed", "kept": "one thread, kept", "usual": "as usual"}


def work(what: str, count: int, port: int, way: str) -> Rate:
    """Process this number of rows."""
    from klanten_plugin.constants import OutboxKind
    from klanten_plugin.models import OutboxRow

    OutboxRow.objects.all()._raw_delete("default")
    if what == "notifications":
        fill_notifications(count)
        kind = OutboxKind.NOTIFICATION
    else:
        fill_takeovers(count)
        kind = OutboxKind.NHR_OVERNAME
    analyze()
    made(port, closing=way == "closed")
    backend = [connection.connection.info.backend_pid]
    database = cpu.nanoseconds(backend)
    web, start = time.process_time(), time.perf_counter()
    run(kind, way)
    seconds, web = time.perf_counter() - start, time.process_time() - web
    database = cpu.nanoseconds(backend) - database
    return Rate(
        count / seconds,
        web / count * 1e3,
        database / count / 1e6,
        made(port, closing=False),
    )


def run(kind: Any, way: str) -> None:
    """Process all rows of a kind, like the Celery task, or with one thread."""
    from klanten_plugin import tasks
    from klanten_plugin.models import OutboxRow
    from klanten_plugin.sync.handlers import HANDLERS
    from klanten_plugin.sync.outbox.run import work_off

    waiting = OutboxRow.objects.filter(kind=kind).exclude(state="done")
    with without_logs():
        if way != "usual":
            work_off(kind, HANDLERS[kind])
        while waiting.exists():  # a task ends after 20 seconds
            tasks.TASKS[kind]()


def measure(what: str, port: int, options: Any) -> bool:
    """Print the rates, and return whether the goal was met."""
    count = options.rows or ROWS[what]
    rates: dict[str, list[Rate]] = {way: [] for way in WAYS}
    for number in range(options.rounds + 1):
        for way in WAYS if number % 2 else reversed(WAYS):
            rate = work(what, count, port, way)
            if number:  # the first is for warming up
                rates[way].append(rate)
    best = {way: max(found, key=lambda one: one.rows) for way, found in rates.items()}
    for way, rate in best.items():
        database = f" + {rate.database:.2f}" if way != "usual" else ""
        report(
            f"{what:14}{WAYS[way]:20}{rate.rows:6.0f}/s   {rate.web:.2f}{database} ms   "
            f"{rate.connections} connections for {count}"
        )
    report(
        f"{what:14}kept against closed {best['kept'].rows / best['closed'].rows:.2f}, "
        f"as usual {best['usual'].rows / best['closed'].rows:.2f} "
        f"(goal: {GOALS[what]:.0f}/s)"
    )
    return best["usual"].rows >= GOALS[what]


def main() -> None:
    """Measure and print. Fail if a goal is missed."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--only", choices=GOALS)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testapp.settings")
    os.environ["LOG_LEVEL"] = "WARNING"
    django.setup()
    with far_end() as port, own_database():
        configure(port)
        whats = [options.only] if options.only else list(GOALS)
        met = [measure(what, port, options) for what in whats]
    sys.exit(0 if all(met) else 1)


if __name__ == "__main__":
    main()
