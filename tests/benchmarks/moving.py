"""How fast do klanten move, in how much memory? `python -m tests.benchmarks.moving [sizes]`

A service of so many klanten, with most of their fields filled, is copied by a process of
its own; then once more, when there is nothing to change; then all are written to a file.
Its peak must not grow with the number of klanten. The database is the one of
DATABASE_URL, in which a test database is made; nothing else is touched.
"""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

SIZES = (5_000, 50_000)
PAGE = 100
MOST_GROWTH = 1.1


class Source(BaseHTTPRequestHandler):
    """A Klanten API whose klanten are computed, not stored."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    size = 0

    def do_GET(self) -> None:
        number = int(parse_qs(urlsplit(self.path).query).get("page", ["1"])[0])
        first = (number - 1) * PAGE
        more = first + PAGE < self.size
        body = {
            "count": self.size,
            "next": f"http://x/klanten?page={number + 1}" if more else None,
            "results": [_klant(n) for n in range(first, min(first + PAGE, self.size))],
        }
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None: ...


def _klant(number: int) -> dict[str, Any]:
    """Four of five are persons, the fifth is a vestiging."""
    verblijfsadres = {
        "aoaIdentificatie": f"0363{number:012d}",
        "gorOpenbareRuimteNaam": "Oudegracht",
        "aoaHuisnummer": number % 300,
    }
    person = {"inpBsn": "", "geslachtsnaam": f"Achternaam {number}"}
    vestiging = {
        "vestigingsNummer": f"{number:012d}",
        "handelsnaam": [f"Zaak {number}"],
    }
    is_person = number % 5
    return {
        "url": f"http://x/klanten/{UUID(int=number)}",
        "bronorganisatie": "123456782",
        "klantnummer": f"{number:08d}",
        "websiteUrl": "https://example.nl/",
        "voornaam": "Zoë",
        "achternaam": f"Achternaam {number}",
        "telefoonnummer": f"+316{number:08d}",
        "emailadres": f"k{number}@example.nl",
        "adres": {"straatnaam": "Dorpsstraat", "huisnummer": number % 300},
        "subject": "",
        "subjectType": "natuurlijk_persoon" if is_person else "vestiging",
        "subjectIdentificatie": {
            **(person if is_person else vestiging),
            "verblijfsadres": verblijfsadres,
        },
    }


@contextmanager
def source(size: int) -> Iterator[int]:
    """The port of a service with so many klanten."""
    handler = type("Sized", (Source,), {"size": size})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def move(port: int) -> dict[str, Any]:
    """In a process of its own: there, again, and to a file."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "testapp.settings"
    os.environ["LOG_LEVEL"] = "WARNING"
    os.environ.setdefault("SECRET_KEY", "for this one process")
    import django

    django.setup()
    from django.db import connection

    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            return _measure(f"http://127.0.0.1:{port}/api/v1/")
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def _measure(root: str) -> dict[str, Any]:
    from django.core.management import call_command

    from zgw_consumers.models import Service

    from klanten_plugin.models import Klant

    Service.objects.create(
        slug="bench", label="Bench", api_type="orc", api_root=root, auth_type="no_auth"
    )
    seconds = []
    for command in (
        ["klanten_import", "--from", root],
        ["klanten_import", "--from", root],
        ["klanten_export", "klanten.jsonl"],
    ):
        begun = time.monotonic()
        call_command(*command, stdout=io.StringIO(), stderr=io.StringIO())
        seconds.append(time.monotonic() - begun)
    with Path("klanten.jsonl").open("rb") as file:
        written = sum(1 for _line in file)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    count = Klant.objects.count()
    return {"peak_mb": peak, "seconds": seconds, "moved": count, "written": written}


def main(sizes: list[int]) -> int:
    """Print a line for each size; 1 where the peak grows."""
    peaks = []
    for size in sizes:
        with source(size) as port:
            command = [sys.executable, "-m", "tests.benchmarks.moving", "--move"]
            output = subprocess.run(  # noqa: S603
                [*command, str(port)], check=True, stdout=subprocess.PIPE, text=True
            ).stdout
        result = json.loads(output.splitlines()[-1])
        assert (result["moved"], result["written"]) == (size, size)
        # a first run reads all twice: there, and to see that nobody was missed
        there, again, export = (size / seconds for seconds in result["seconds"])
        peaks.append(result["peak_mb"])
        print(  # noqa: T201
            f"{size:>9} klanten: peak {result['peak_mb']:.1f} MB, imported {there:.0f}/s, "
            f"again {again:.0f}/s, exported {export:.0f}/s",
            flush=True,
        )
    growth = max(peaks) / min(peaks)
    print(f"largest peak against smallest: {growth:.2f} (goal: {MOST_GROWTH})")  # noqa: T201
    return int(growth > MOST_GROWTH)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--move"]:
        print(json.dumps(move(int(sys.argv[2]))))  # noqa: T201
    else:
        sys.exit(main([int(size) for size in sys.argv[1:]] or list(SIZES)))
