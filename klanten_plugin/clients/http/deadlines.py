"""Give a whole exchange over HTTP one time limit, however slowly the other end sends.

The time limits of ``requests`` hold for each wait for bytes, so a server that sends one
byte at a time can stretch an answer for ever. Here the connection is cut at the
deadline, from outside.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from django.db import connections

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

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
        """Forget the connections, and stop the clock."""
        self._timer.cancel()
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()

    def run(self, task: Callable[[], T]) -> T:
        """What ``task`` returns or raises, or ``TimeoutError`` when the time is over.

        It runs in a thread of its own, because looking up a host name can't be cut
        short; that thread ends as soon as its system's resolver gives up.
        """
        outcome: list[Callable[[], T]] = []

        def work() -> None:
            try:
                result = task()
                outcome.append(lambda: result)
            except BaseException as error:  # noqa: BLE001 - raised again by who waits
                outcome.append(lambda error=error: _raise(error))  # type: ignore[misc]
            finally:
                connections.close_all()  # this thread's own, if a client asked for one

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


class DeadlineAdapter(HTTPAdapter):
    """An adapter of ``requests`` whose connections are watched by a deadline."""

    def __init__(self, deadline: Deadline, **options: Any) -> None:
        self.deadline = deadline
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make pools of connections that are watched."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools()

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """The same where a proxy is in between."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools()
        return manager

    def _pools(self) -> dict[str, Any]:
        return {
            "http": _watched_pool(HTTPConnectionPool, HTTPConnection, self.deadline),
            "https": _watched_pool(HTTPSConnectionPool, HTTPSConnection, self.deadline),
        }


def _watched_pool(pool: Any, connection: Any, deadline: Deadline) -> Any:
    def new_connection(self: Any) -> socket.socket:
        sock: socket.socket = connection._new_conn(self)  # noqa: SLF001 - the only place before TLS
        deadline.watch(sock)
        return sock

    watched = type("WatchedConnection", (connection,), {"_new_conn": new_connection})
    return type("WatchedPool", (pool,), {"ConnectionCls": watched})
