"""A hard deadline for an exchange, however the server behaves.

The timeouts of ``requests`` apply to each wait for bytes, so a server that sends one
byte at a time can prolong a response indefinitely. Here a watchdog thread, one per
process, closes the connection at the deadline. Name resolution can't be interrupted, so
it runs in a separate thread without a connection.
"""

from __future__ import annotations

import heapq
import os
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from itertools import count
from typing import TypeVar

T = TypeVar("T")


class Deadline:
    """A deadline in ``seconds`` from now, at which watched connections are closed.

    Call :meth:`close` when the exchange is finished.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._passed = False
        self.is_closed = False
        _Clock.current.add(self._end, self)

    @property
    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._end - time.monotonic())

    def watch(self, connection: socket.socket) -> None:
        """Close this connection as well at the deadline."""
        # a duplicate handle, because TLS takes over the original one and can't
        # duplicate its own
        handle = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._sockets.append(handle)
            if self._passed:
                self._shut()

    def close(self) -> None:
        """Close the handles of the connections, so that the watchdog ignores them."""
        self.is_closed = True
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()

    def run(self, task: Callable[[], T]) -> T:
        """Run ``task`` and return its result.

        Exceptions of ``task`` propagate. Raises ``TimeoutError`` at the deadline.

        For work that can't be interrupted: it runs in a thread that is abandoned at the
        deadline, so it must neither hold a connection nor read without limit.
        """
        outcome: Future[T] = Future()

        def work() -> None:
            try:
                outcome.set_result(task())
            except BaseException as error:  # noqa: BLE001 - raised again by the caller
                outcome.set_exception(error)

        threading.Thread(target=work, daemon=True).start()
        return outcome.result(self.remaining)

    def cut(self) -> None:
        """Shut down the connections. Called by the watchdog at the deadline."""
        with self._lock:
            self._passed = True
            self._shut()

    def _shut(self) -> None:
        for connection in self._sockets:
            with suppress(OSError):  # closed by then
                connection.shutdown(socket.SHUT_RDWR)


class _Clock:
    """A thread that enforces deadlines. It starts with the first deadline.

    A separate thread per deadline would cost more than the rest of a short exchange.
    """

    current: _Clock

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, Deadline]] = []
        self._number = count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, end: float, deadline: Deadline) -> None:
        with self._changed:
            entry = (end, next(self._number), deadline)
            heapq.heappush(self._waiting, entry)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="klanten_plugin.deadlines", daemon=True
                )
                self._thread.start()
            elif self._waiting[0] is entry:
                self._changed.notify()

    def _run(self) -> None:
        while True:
            self._next().cut()

    def _next(self) -> Deadline:
        """Wait for the next deadline that expires. Closed deadlines are discarded."""
        with self._changed:
            while True:
                while self._waiting and self._waiting[0][2].is_closed:
                    heapq.heappop(self._waiting)
                if not self._waiting:
                    self._changed.wait()
                    continue
                seconds = self._waiting[0][0] - time.monotonic()
                if seconds <= 0:
                    return heapq.heappop(self._waiting)[2]
                self._changed.wait(seconds)


def _start_clock() -> None:
    _Clock.current = _Clock()


_start_clock()
# threads don't survive a fork, but locks do, in an undefined state
os.register_at_fork(after_in_child=_start_clock)
