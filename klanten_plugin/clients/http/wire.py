"""Connections of ``requests`` that enforce the limits of an exchange.

``requests`` and urllib3 limit neither the size of headers, chunk lines and trailers,
nor the total time for trying several addresses. Here every received byte is counted,
and each step gets only the remaining time.
"""

from __future__ import annotations

import io
import socket
import threading
from dataclasses import dataclass
from http.client import HTTPResponse  # noqa: TID251 - used by urllib3
from typing import Any

from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as RequestsConnectionError
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.connection import allowed_gai_family, create_connection

from .addresses import is_public
from .deadlines import Deadline

MAX_HEADER_BYTES = 64 * 1024
"""Maximum size of all headers of a response; servers and proxies allow 8 to 32 KiB."""

MAX_LOOKUPS = 16
"""Maximum number of concurrent name look-ups per process, as each can block a
thread.
"""

MIN_SECONDS = 0.001
"""Minimum timeout, because zero means no limit."""

_lookups = threading.BoundedSemaphore(MAX_LOOKUPS)


class TooLarge(Exception):
    """The response exceeds the size limit."""


class NotPublic(RequestsConnectionError):
    """The name resolves to no allowed address."""


@dataclass
class Limits:
    """The limits of an exchange: remaining bytes and time.

    ``public_only`` refuses addresses inside the operator's network. With ``keep``, the
    connection may be reused from an earlier exchange, and is kept for a later one.
    ``has_rest`` is true if more data arrived than the response.
    """

    deadline: Deadline
    public_only: bool = False
    keep: bool = False
    bytes_left: int = MAX_HEADER_BYTES
    has_rest: bool = False

    @property
    def seconds(self) -> float:
        """Return the remaining seconds, at least :data:`MIN_SECONDS`."""
        return max(self.deadline.remaining, MIN_SECONDS)


class _Counted(io.RawIOBase):
    """A raw reader that enforces the limits."""

    is_over = False
    """Stop reading: the rest of the buffer isn't part of this response."""

    def __init__(self, raw: io.RawIOBase, limits: Limits) -> None:
        self._raw = raw
        self._limits = limits

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self.is_over:
            return None
        if self._limits.bytes_left <= 0:
            raise TooLarge
        part = memoryview(buffer)[: self._limits.bytes_left]
        count: int | None = self._raw.readinto(part)
        self._limits.bytes_left -= count or 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(io.BufferedReader):
    """Reads one response, and records whether more data arrived after it."""

    def __init__(self, raw: io.RawIOBase, limits: Limits) -> None:
        self._counted, self._limits = _Counted(raw, limits), limits
        super().__init__(self._counted)

    def close(self) -> None:
        if not self.closed:
            self._counted.is_over = True
            self._limits.has_rest |= bool(self.peek())
        super().close()


class LimitedAdapter(HTTPAdapter):
    """An adapter of ``requests`` whose connections enforce the limits.

    It is used by one exchange at a time: ``limits`` are those of the current one.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Create connection pools with limits."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools()

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Create connection pools with limits for a proxy."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools()
        return manager

    def _pools(self) -> dict[str, Any]:
        return {
            "http": _limited_pool(HTTPConnectionPool, HTTPConnection, self),
            "https": _limited_pool(HTTPSConnectionPool, HTTPSConnection, self),
        }


def _limited_pool(pool: Any, connection: Any, adapter: LimitedAdapter) -> Any:
    class LimitedResponse(HTTPResponse):
        def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
            super().__init__(sock, *args, **kwargs)
            self.fp = _Answer(self.fp.detach(), adapter.limits)

    def new_connection(self: Any) -> socket.socket:
        sock = _connect(self, adapter.limits)
        adapter.limits.deadline.watch(sock)
        return sock

    def kept_connection(self: Any, timeout: float | None = None) -> Any:
        # urllib3 has closed it by now if the remote did
        found = pool._get_conn(self, timeout)  # noqa: SLF001 - no other place to ask
        if found.sock is not None:
            adapter.limits.deadline.watch(found.sock)
        return found

    limited = type(
        "LimitedConnection",
        (connection,),
        {"_new_conn": new_connection, "response_class": LimitedResponse},
    )
    members = {"ConnectionCls": limited, "_get_conn": kept_connection}
    return type("LimitedPool", (pool,), members)


def _connect(connection: Any, limits: Limits) -> socket.socket:
    """Connect to the first address that accepts, within the remaining time."""
    host, port = connection.host.strip("[]"), connection.port
    addresses = _look_up(host, port, limits)
    failure: OSError = TimeoutError("no time left")
    for address in addresses:
        seconds = min(limits.seconds, connection.timeout or limits.seconds)
        try:
            # connect to the checked address, because the name could resolve differently
            # by now
            return create_connection(
                (address, port), seconds, socket_options=connection.socket_options
            )
        except OSError as error:
            failure = error
        if not limits.deadline.remaining:
            break
    raise RequestsConnectionError(failure)


def _look_up(host: str, port: int, limits: Limits) -> list[str]:
    if not _lookups.acquire(timeout=limits.seconds):
        raise TimeoutError
    try:
        addresses = limits.deadline.run(lambda: _addresses_of(host, port))
    except (OSError, UnicodeError) as error:
        if isinstance(error, TimeoutError):
            raise
        raise RequestsConnectionError(error) from error
    if limits.public_only:
        addresses = [address for address in addresses if is_public(address)]
        if not addresses:
            raise NotPublic
    return addresses


def _addresses_of(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, allowed_gai_family(), socket.SOCK_STREAM)
    finally:
        _lookups.release()
    return [str(sockaddr[0]) for *_kind, sockaddr in found]
