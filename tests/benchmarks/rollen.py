"""How much memory does a full pass take? `python -m tests.benchmarks.rollen [sizes]`

A service of so many relations is read by a process of its own, whose peak is printed:
it must not grow with the number of relations. The database is the one of DATABASE_URL,
in which a test database is made; nothing else is touched.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

SIZES = (100_000, 1_000_000)
PAGE = 100
MOST_GROWTH = 1.1


class Source(BaseHTTPRequestHandler):
    """A Contactmomenten API whose relations are computed, not stored."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    size = 0

    def do_GET(self) -> None:
        number = int(parse_qs(urlsplit(self.path).query).get("page", ["1"])[0])
        root = f"http://127.0.0.1:{self.server.server_port}/api/v1"  # type: ignore[attr-defined]
        first = (number - 1) * PAGE
        following = f"{root}/klantcontactmomenten?page={number + 1}"
        results = [_row(root, n) for n in range(first, min(first + PAGE, self.size))]
        body = {
            "count": self.size,
            "next": following if first + PAGE < self.size else None,
            "results": results,
        }
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None: ...


def _row(root: str, number: int) -> dict[str, str]:
    # a million klanten that don't exist cost as much as a million that do
    return {
        "url": f"{root}/klantcontactmomenten/{UUID(int=number)}",
        "contactmoment": f"{root}/contactmomenten/{UUID(int=number)}",
        "klant": f"http://testserver/klanten/api/v1/klanten/{UUID(int=number)}",
        "rol": "belanghebbende",
    }


@contextmanager
def source(size: int) -> Iterator[int]:
    """The port of a service with so many relations."""
    handler = type("Sized", (Source,), {"size": size})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def read(port: int) -> dict[str, Any]:
    """In a process of its own: a whole pass, twice; the second changes nothing."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "testapp.settings"
    os.environ["LOG_LEVEL"] = "WARNING"
    os.environ.setdefault("SECRET_KEY", "for this one process")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    settings.SITE_DOMAIN = "testserver"
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        return _measure(port)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def _measure(port: int) -> dict[str, Any]:
    from zgw_consumers.models import Service

    from klanten_plugin.models import KlantenConfig, KlantRol, RolBron
    from klanten_plugin.sync.rollen_pass import advance

    service = Service.objects.create(
        slug="bench",
        label="Bench",
        api_type="orc",
        api_root=f"http://127.0.0.1:{port}/api/v1/",
        auth_type="no_auth",
    )
    KlantenConfig.get_solo().contactmomenten_services.add(service)
    bron = RolBron.objects.get()
    seconds = []
    for _pass in range(2):
        begun = time.monotonic()
        while not advance(bron, 20.0):
            pass
        seconds.append(round(time.monotonic() - begun, 1))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "peak_mb": round(peak, 1),
        "seconds": seconds,
        "mirrored": KlantRol.objects.count(),
    }


def main(sizes: list[int]) -> int:
    """Print a line for each size; 1 where the peak grows."""
    peaks = []
    for size in sizes:
        with source(size) as port:
            command = [sys.executable, "-m", "tests.benchmarks.rollen", "--read"]
            output = subprocess.run(  # noqa: S603
                [*command, str(port)], check=True, capture_output=True, text=True
            ).stdout
        result = json.loads(output.splitlines()[-1])
        first, second = result["seconds"]
        print(  # noqa: T201
            f"{size:>9} relations: peak {result['peak_mb']} MB, first pass {first} s, "
            f"second {second} s, {result['mirrored']} mirrored",
            flush=True,
        )
        assert result["mirrored"] == size
        peaks.append(result["peak_mb"])
    growth = max(peaks) / min(peaks)
    print(f"largest peak against smallest: {growth:.2f} (goal: {MOST_GROWTH})")  # noqa: T201
    return int(growth > MOST_GROWTH)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        print(json.dumps(read(int(sys.argv[2]))))  # noqa: T201
    else:
        sys.exit(main([int(size) for size in sys.argv[1:]] or list(SIZES)))
