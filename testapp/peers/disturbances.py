"""Faults on demand: how a peer misbehaves when a test asks it to."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from testapp.peers.answers import Handler

HTML = b"<!DOCTYPE html><title>Onderhoud</title><h1>Even geduld</h1>"
MUCH = 4 * 1024 * 1024
DRIP_SECONDS = 0.2


@dataclass
class Disturbance:
    """One kind of fault: ``count`` times, or for ever; for bodies with ``match`` in them.

    ``seconds`` is how long a fault of waiting lasts.
    """

    kind: str
    count: int | None = None
    match: str = ""
    status: int = 500
    seconds: float = 60.0
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None

    def applies(self, body: bytes) -> bool:
        """Whether this request gets it."""
        return self.count != 0 and self.match.encode() in body

    def take(self) -> None:
        """One of them is used up."""
        if self.count is not None:
            self.count -= 1


class Disturbances:
    """The faults that are on; asked for by each request, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._disturbances: list[Disturbance] = []

    def put(self, disturbances: list[dict[str, Any]]) -> None:
        """From now on just these."""
        with self._lock:
            self._disturbances = [Disturbance(**each) for each in disturbances]

    def next(self, body: bytes) -> Disturbance | None:
        """The fault that this request gets, the first that applies."""
        with self._lock:
            for each in self._disturbances:
                if each.applies(body):
                    each.take()
                    return each
        return None


def _status(handler: Handler, disturbance: Disturbance) -> None:
    content = (
        disturbance.body
        if disturbance.body is not None
        else {"status": disturbance.status}
    )
    headers = {
        name.replace("-", "_"): value for name, value in disturbance.headers.items()
    }
    body = json.dumps(content).encode()
    handler.send_bytes(disturbance.status, body, "application/problem+json", **headers)


def _html(handler: Handler, disturbance: Disturbance) -> None:
    handler.send_bytes(200, HTML, "text/html")


def _timeout(handler: Handler, disturbance: Disturbance) -> None:
    time.sleep(disturbance.seconds)
    handler.close_connection = True


def _reset(handler: Handler, disturbance: Disturbance) -> None:
    """RST instead of FIN: what a crashed program's system sends."""
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()
    handler.close_connection = True


def _drip(handler: Handler, disturbance: Disturbance) -> None:
    """A byte now and then: each wait is short, all of them together are not."""
    handler.send_response(201)
    # a size that nobody refuses beforehand
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    end = time.monotonic() + disturbance.seconds
    while time.monotonic() < end:
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(DRIP_SECONDS)
    handler.close_connection = True


def _large(handler: Handler, disturbance: Disturbance) -> None:
    handler.send_bytes(201, b" " * MUCH, "application/json")


KINDS: dict[str, Callable[[Handler, Disturbance], None]] = {
    "status": _status,
    "html": _html,
    "timeout": _timeout,
    "reset": _reset,
    "drip": _drip,
    "large": _large,
}
"""What is answered instead of taking the message."""

LOST_ANSWER = "lost_answer"
"""The message is taken, but its sender never hears of it."""

SLOW = "slow"
"""The message is taken, after ``seconds``."""


def misbehave(handler: Handler, disturbance: Disturbance) -> None:
    """Answer as this fault says."""
    KINDS[disturbance.kind](handler, disturbance)


def hang_up(handler: Handler) -> None:
    """End the connection without an answer."""
    _reset(handler, Disturbance("reset"))
