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

    ``public_only`` refuses addresses inside the operator's network.
    """

    deadline: Deadline
    public_only: bool = False
    bytes_left: int = MAX_HEADER_BYTES

    @property
    def seconds(self) -> float:
        """Seconds left, for an option where zero would mean no limit."""
        return max(self.deadline.remaining, MIN_SECONDS)


class _Counted(io.RawIOBase):
    """Reads a connection, and no more than the limits allow."""

    def __init__(self, raw: io.RawIOBase, limits: Limits) -> None:
        self._raw = raw
        self._limits = limits

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._limits.bytes_left <= 0:
            raise TooLarge
        part = memoryview(buffer)[: self._limits.bytes_left]
        count: int | None = self._raw.readinto(part)
        self._limits.bytes_left -= count or 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class LimitedAdapter(HTTPAdapter):
    """An adapter of ``requests`` whose connections keep the limits."""

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
            "http": _limited_pool(HTTPConnectionPool, HTTPConnection, self.limits),
            "https": _limited_pool(HTTPSConnectionPool, HTTPSConnection, self.limits),
        }


def _limited_pool(pool: Any, connection: Any, limits: Limits) -> Any:
    class LimitedResponse(HTTPResponse):
        def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
            super().__init__(sock, *args, **kwargs)
            self.fp = io.BufferedReader(_Counted(self.fp.detach(), limits))

    def new_connection(self: Any) -> socket.socket:
        sock = _connect(self, limits)
        limits.deadline.watch(sock)
        return sock

    limited = type(
        "LimitedConnection",
        (connection,),
        {"_new_conn": new_connection, "response_class": LimitedResponse},
    )
    return type("LimitedPool", (pool,), {"ConnectionCls": limited})


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
