"""Connections of ``requests`` that keep the limits of one exchange.

``requests`` and urllib3 bound neither the size of the headers, of the lines between
chunks and of trailers, nor the time that a name with many addresses takes. Here every
byte is counted where it comes in, and each step gets the time that is left.
"""

from __future__ import annotations

import io
import socket
import threading
from dataclasses import dataclass
from http.client import HTTPResponse  # noqa: TID251 - what urllib3 reads with
from typing import Any

from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as RequestsConnectionError
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.connection import allowed_gai_family, create_connection

from .addresses import is_public
from .deadlines import Deadline

MAX_HEADER_BYTES = 64 * 1024
"""Of all headers of an answer together; servers and proxies allow 8 to 32 KiB."""

MAX_LOOKUPS = 16
"""Of host names at once in a process: one that doesn't return keeps its thread."""

MIN_SECONDS = 0.001
"""Zero would mean no limit at all."""

_lookups = threading.BoundedSemaphore(MAX_LOOKUPS)


class TooLarge(Exception):
    """The other end sent more than is read."""


class NotPublic(RequestsConnectionError):
    """The name leads to no address that may be connected to."""


@dataclass
class Limits:
    """What one exchange may take: bytes that are still read, and time.

    ``public_only`` refuses addresses inside the operator's network. With ``keep`` the
    connection may be one that is left of an earlier exchange, and is kept for a later
    one; ``is_reused`` tells that it was, ``has_begun`` that an answer came in on it, and
    ``has_rest`` that more came in than the answer.
    """

    deadline: Deadline
    public_only: bool = False
    keep: bool = False
    bytes_left: int = MAX_HEADER_BYTES
    is_reused: bool = False
    has_begun: bool = False
    has_rest: bool = False

    @property
    def seconds(self) -> float:
        """Seconds left, for an option where zero would mean no limit."""
        return max(self.deadline.remaining, MIN_SECONDS)


class _Counted(io.RawIOBase):
    """Reads a connection, and no more than the limits allow."""

    is_over = False
    """No more is read: what is left in the buffer isn't of this answer."""

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
        self._limits.has_begun |= bool(count)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(io.BufferedReader):
    """Reads one answer; notes at its end whether more than that came in."""

    def __init__(self, raw: io.RawIOBase, limits: Limits) -> None:
        self._counted, self._limits = _Counted(raw, limits), limits
        super().__init__(self._counted)

    def close(self) -> None:
        if not self.closed:
            self._counted.is_over = True
            self._limits.has_rest |= bool(self.peek())
        super().close()


class LimitedAdapter(HTTPAdapter):
    """An adapter of ``requests`` whose connections keep the limits.

    It is used by one exchange at a time: ``limits`` are those of the current one.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make pools of connections with limits."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools()

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """The same if a proxy is in between."""
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
        # urllib3 has closed it by now if the other end did
        found = pool._get_conn(self, timeout)  # noqa: SLF001 - no other place to ask
        if found.sock is not None:
            adapter.limits.is_reused = True
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
    """Connect to the first address that lets us, in the time that is left."""
    host, port = connection.host.strip("[]"), connection.port
    addresses = _look_up(host, port, limits)
    failure: OSError = TimeoutError("no time left")
    for address in addresses:
        seconds = min(limits.seconds, connection.timeout or limits.seconds)
        try:
            # just the address that was looked at: a name could lead elsewhere by now
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
