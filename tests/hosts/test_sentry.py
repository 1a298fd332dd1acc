"""Error monitoring gets no personal data: the real SDK, sending to a local stub."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sentry_sdk")

ROOT = Path(__file__).parents[2]
SENT = {
    "bsn": "123456782",
    "name": "Bartholomeus-Theodorus",
    "parameter": "subjectNatuurlijkPersoon__inpBsn",
}


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it is sent."""

    received: list[bytes]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.received.append(body)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[bytes]]]:
    """The DSN of a stub, and what it received."""
    bodies: list[bytes] = []
    handler = type("Handler", (Receiver,), {"received": bodies})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://key@127.0.0.1:{server.server_address[1]}/1", bodies
        server.shutdown()


def test_errors_arrive_without_personal_data(
    receiver: tuple[str, list[bytes]],
) -> None:
    dsn, received = receiver
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "tests.hosts.sentry_host", dsn],
        input=json.dumps(SENT),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    text = b"\n".join(received).decode()
    for expected in ("ValueError", "IntegrityError", "/fails", "transaction"):
        assert expected in text
    assert not [value for value in SENT.values() if value in text]
