"""One time limit and one size limit for an exchange, however the other end behaves.

The time limits of ``requests`` hold for each wait for bytes, so a server that sends one
byte at a time can stretch an answer for ever. Here the connection is cut at the
deadline, from outside. Looking up a host name can't be cut: only that runs in a thread
of its own, which holds no connection.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


class Deadline:
    """A moment after which nothing is waited for any more.

    ``seconds`` from now. Connections that it watches are cut when it passes; call
    :meth:`release` when the exchange is over.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._passed = False
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    @property
    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._end - time.monotonic())

    def watch(self, connection: socket.socket) -> None:
        """Cut this connection, too, when the time is over."""
        # a second handle on it: TLS takes the first one over
        with self._lock:
            self._sockets.append(connection.dup())
            if self._passed:
                self._shut()

    def release(self) -> None:
        """Close the handles on the connections, and end the thread of the clock."""
        self._timer.cancel()
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()
        self._timer.join()

    def run(self, task: Callable[[], T]) -> T:
        """Return what ``task`` returns, raise what it raises, or ``TimeoutError``.

        For what can't be cut short: it runs in a thread that is left alone at the
        deadline, so it must neither hold a connection nor read without limit.
        """
        outcome: list[Callable[[], T]] = []

        def work() -> None:
            try:
                result = task()
                outcome.append(lambda: result)
            except BaseException as error:  # noqa: BLE001 - raised again by who waits
                outcome.append(lambda error=error: _raise(error))  # type: ignore[misc]

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(self.remaining)
        if not outcome:
            raise TimeoutError
        return outcome[0]()

    def _cut(self) -> None:
        with self._lock:
            self._passed = True
            self._shut()

    def _shut(self) -> None:
        for connection in self._sockets:
            with suppress(OSError):  # closed by then
                connection.shutdown(socket.SHUT_RDWR)


def _raise(error: BaseException) -> Any:
    raise error
