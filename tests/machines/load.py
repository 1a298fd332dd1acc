"""Consumers that send requests at a fixed rate, and record every response."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import requests

from testapp.launcher.host import API_PATH, Host
from tests.faults.consumer import Consumer
from tests.faults.ledger import Ledger

VISITORS = 24
NICENESS = 10
TIMEOUT = 30
BSN = "subjectNatuurlijkPersoon__inpBsn=000000001"
OK = frozenset({200, 201, 204, 304})


@dataclass(frozen=True)
class Answer:
    """A response; ``status`` is 0 without one. ``moment`` is its end."""

    moment: float
    method: str
    status: int
    seconds: float

    @property
    def is_ok(self) -> bool:
        return self.status in OK


class Pace:
    """Hands out the moments of requests. Moments in the past are skipped."""

    def __init__(self, rate: float) -> None:
        self._step = 1 / rate
        self._next = time.monotonic()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait for the next moment."""
        with self._lock:
            moment = max(self._next, time.monotonic() - self._step)
            self._next = moment + self._step
        time.sleep(max(moment - time.monotonic(), 0))


@dataclass
class Visitor(Consumer):
    """A consumer that reads its klanten as well: four writes and six reads of ten."""

    answers: list[Answer] = field(default_factory=list)
    stale: int = 0
    """Number of reads that didn't show the last confirmed change."""

    def steps(self) -> Iterator[None]:
        """Yield after each request."""
        for number, _write in enumerate(self.live()):
            yield
            url = next(reversed(self.voornamen), "")
            if not url:
                continue
            self.look(url)
            yield
            if number % 2:
                self._ask("GET", f"{self._list}?page={number % 400 + 1}", None)
            else:
                self._ask("GET", f"{self._list}?{BSN}", None)
            yield

    def look(self, url: str) -> None:
        """Read a klant, and compare it with the last changes."""
        response = self._ask("GET", url, None)
        if response is None:
            self.stale += self.answers[-1].status == 404
        elif response.json()["voornaam"] not in self.voornamen[url]:
            self.stale += 1

    @property
    def _list(self) -> str:
        return f"{self.host.address.url}{API_PATH}/klanten"

    def _ask(self, method: str, url: str, body: object) -> requests.Response | None:
        start = time.monotonic()
        try:
            response = self._session.request(method, url, json=body, timeout=TIMEOUT)
            status = response.status_code
        except requests.RequestException:
            response, status = None, 0
        end = time.monotonic()
        self.answers.append(Answer(end, method, status, end - start))
        return response if response is not None and status in OK else None


class Load:
    """Visitors in threads, from ``start`` to ``end``."""

    def __init__(self, host: Host, rate: float) -> None:
        self.ledger = Ledger()
        self.visitors = [Visitor(host, self.ledger) for _each in range(VISITORS)]
        self._pace = Pace(rate)
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._visit, args=(each,), daemon=True)
            for each in self.visitors
        ]

    def start(self) -> None:
        for each in self._threads:
            each.start()

    def end(self) -> None:
        """Stop after the requests in progress."""
        self._over.set()

    def is_over(self) -> bool:
        return not any(each.is_alive() for each in self._threads)

    @property
    def answers(self) -> list[Answer]:
        """Return all responses so far, in order."""
        every = [answer for each in self.visitors for answer in list(each.answers)]
        return sorted(every, key=lambda answer: answer.moment)

    @property
    def stale(self) -> int:
        return sum(each.stale for each in self.visitors)

    def _visit(self, visitor: Visitor) -> None:
        # of this thread only: the services under test come first
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        steps = visitor.steps()
        while not self._over.is_set():
            self._pace.wait()
            next(steps)
