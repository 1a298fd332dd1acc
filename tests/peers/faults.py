"""Fault injection for the responses of the demo's stand-ins.

A list of faults is active until it is replaced. Each request gets the first fault that
applies to it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from testapp.peers.wire import Reply, Request
from tests.peers.replies import CUT, Streamed

HTML = b"<!DOCTYPE html><title>Onderhoud</title><h1>Even geduld</h1>"
LOG_IN = "https://inloggen.example.nl/"
EMPTY = {"count": 0, "next": None, "previous": None, "results": []}
MUCH = 4 * 1024 * 1024

CANNED: dict[str, Callable[[Fault], Reply]] = {
    "status": lambda fault: fault.reply(),
    "html": lambda fault: fault.page(200),
    "down": lambda fault: fault.page(500),
    "busy": lambda fault: fault.page(503, **{"Retry-After": f"{fault.seconds:.0f}"}),
    "forbidden": lambda fault: fault.page(403),
    "gone": lambda fault: fault.page(404),
    "not-allowed": lambda fault: fault.page(405),
    "redirect": lambda fault: fault.page(302, Location=LOG_IN),
    "foreign": lambda _fault: Reply(
        404, {"message": "no Route matched with those values"}, "application/json"
    ),
    "empty": lambda _fault: Reply(200, EMPTY),
    "large": lambda _fault: Reply(201, b" " * MUCH),
}
"""Responses instead of the stand-in's, most of them pages of gateways."""

SPOILED: dict[str, Callable[[Reply, Fault], Reply]] = {
    "slow": lambda reply, _fault: reply,
    "lost_answer": lambda _reply, _fault: CUT,
    "half": lambda reply, _fault: _streamed(reply, iter([_half(reply.body())])),
    "drip": lambda reply, fault: _streamed(reply, _drip(reply.body(), fault.seconds)),
}
"""Faults after the response was produced: late, lost, or in pieces."""

CUTS = ("reset", "timeout")
"""No response: at once, or after ``seconds``."""

RANDOM = ("down", "html", "gone", "not-allowed", "redirect", "foreign")
RANDOM += ("reset", "half", "busy")
"""Faults that clients must tolerate: ``random`` is one of these, at ``rate``."""


@dataclass
class Fault:
    """A kind of fault for ``count`` requests (or all) that contain ``match``.

    ``match`` is searched for in the target and the body. ``seconds`` is the duration of
    faults that wait.
    """

    kind: str
    count: int | None = None
    match: str = ""
    status: int = 500
    seconds: float = 1.0
    rate: float = 0.2
    seed: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None

    def applies(self, request: Request) -> bool:
        """Return whether this request gets it."""
        wanted = self.match.encode()
        return self.count != 0 and (
            wanted in request.body or wanted in request.target.encode()
        )

    def reply(self) -> Reply:
        body = {"status": self.status} if self.body is None else self.body
        return Reply(self.status, body, headers=self.headers)

    def page(self, status: int, **headers: str) -> Reply:
        return Reply(status, HTML, "text/html", headers)


NO_FAULT = Fault("")


class Faults:
    """The active faults. Thread-safe, queried for each request.

    Kinds from other modules are left to the stand-in, which lists them in ``own``.
    """

    def __init__(self, own: tuple[str, ...]) -> None:
        self.kinds = {*CANNED, *SPOILED, *CUTS, *own, "random"}
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._random = random.Random()  # noqa: S311

    def put(self, faults: list[dict[str, Any]]) -> None:
        """Replace all faults. Raises ``ValueError`` for an unknown kind."""
        made = [Fault(**each) for each in faults]
        if unknown := {each.kind for each in made} - self.kinds:
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
        with self._lock:
            self._faults = made
            self._random.seed(made[0].seed if made else 0)

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        with self._lock:
            self._faults.append(fault)

    def take(self, request: Request) -> Fault:
        """Return the fault for this request, if any, and count it."""
        with self._lock:
            for each in self._faults:
                if each.applies(request):
                    each.count = each.count and each.count - 1
                    return self._drawn(each)
        return NO_FAULT

    def _drawn(self, fault: Fault) -> Fault:
        if fault.kind != "random":
            return fault
        if self._random.random() > fault.rate:
            return NO_FAULT
        return replace(fault, kind=self._random.choice(RANDOM))


def misbehave(fault: Fault, answer: Callable[[], Reply]) -> Reply:
    """Return the faulty response. ``answer`` may not be called at all."""
    if fault.kind in ("slow", "timeout"):
        time.sleep(fault.seconds)
    if fault.kind in CUTS:
        return CUT
    if fault.kind in CANNED:
        return CANNED[fault.kind](fault)
    reply = answer()
    return SPOILED[fault.kind](reply, fault) if fault.kind in SPOILED else reply


def _streamed(reply: Reply, parts: Iterator[bytes]) -> Reply:
    return Streamed(**vars(reply), parts=parts)


def _half(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _drip(body: bytes, seconds: float) -> Iterator[bytes]:
    """Each wait is short. The total lasts until the client disconnects."""
    for each in body:
        yield bytes([each])
        time.sleep(seconds)
