"""Error monitoring gets no personal data. Uses the real SDK and a local server."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from testapp.peers.wire import Reply, Request, Server
from tests.web_server import serving

pytest.importorskip("sentry_sdk")

ROOT = Path(__file__).parents[2]
SENT = {
    "bsn": "123456782",
    "name": "Bartholomeus-Theodorus",
    "parameter": "subjectNatuurlijkPersoon__inpBsn",
}


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[bytes]]]:
    """The DSN of the local server, and the events that it received."""
    bodies: list[bytes] = []

    def take(request: Request) -> Reply:
        packed = request.headers.get("Content-Encoding") == "gzip"
        bodies.append(gzip.decompress(request.body) if packed else request.body)
        return Reply(200, {})

    with serving(Server(take)) as port:
        yield f"http://key@127.0.0.1:{port}/1", bodies


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
