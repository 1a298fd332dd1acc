"""Connection pool for exchanges, one per process.

A connection is specific to an origin, a proxy, and the TLS files: a different
certificate uses a different connection. Credentials of a Service aren't part of the
key, because they are sent with each request. Connections aren't shared: an exchange
checks one out, and returns it after reading the complete response. Every failure closes
the connection.

Remotes close idle connections eventually. A connection that was closed before use is
replaced before anything is sent. If the remote closes it while the request is being
sent, the exchange fails, and it is unknown whether the request arrived, as with a new
connection. Connections are therefore kept for a shorter time than servers keep them.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .wire import LimitedAdapter, Limits

IDLE_SECONDS = 1.0
"""Seconds to keep an idle connection; servers keep it for 2 (gunicorn) to 75
(nginx).
"""

LIFETIME_SECONDS = 60.0
"""Maximum age in seconds, so that DNS changes take effect."""

MOST_IDLE = 16
"""Maximum idle connections in total; the least recently used one is closed."""

Key = tuple[object, ...]


@dataclass(eq=False)
class _Kept:
    key: Key
    adapter: LimitedAdapter
    born: float = field(default_factory=time.monotonic)
    used: float = field(default_factory=time.monotonic)

    def is_fresh(self, now: float) -> bool:
        is_young = now - self.born < LIFETIME_SECONDS
        return is_young and now - self.used < IDLE_SECONDS


class _Pool:
    """The idle connections of this process."""

    current: _Pool

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Kept] = []

    def take(self, key: Key, limits: Limits) -> _Kept:
        with self._lock:
            self._forget_old()
            found = next((one for one in self._idle if one.key == key), None)
            if found is not None:
                self._idle.remove(found)
        if found is None:
            return _Kept(key, LimitedAdapter(limits))
        found.adapter.limits = limits
        return found

    def put_back(self, kept: _Kept) -> None:
        kept.used = time.monotonic()
        with self._lock:
            # most recently used first, so that surplus connections expire
            self._idle.insert(0, kept)
            self._forget_old()

    def _forget_old(self) -> None:
        now = time.monotonic()
        fresh = [one for one in self._idle if one.is_fresh(now)][:MOST_IDLE]
        for one in set(self._idle).difference(fresh):
            one.adapter.close()
        self._idle = fresh


def _start_pool() -> None:
    _Pool.current = _Pool()


_start_pool()
# processes that share a connection after a fork would read each other's responses
os.register_at_fork(after_in_child=_start_pool)


@contextmanager
def adapter_for(
    url: str, limits: Limits, environment: Mapping[str, Any]
) -> Iterator[LimitedAdapter]:
    """Lend an adapter for one exchange.

    ``environment`` has ``verify``, ``cert`` and ``proxies``, as for ``requests``.
    """
    pool = _Pool.current
    if limits.keep:
        kept = pool.take(_key_of(url, environment), limits)
    else:
        kept = _Kept((), LimitedAdapter(limits))
    is_reusable = False
    try:
        yield kept.adapter
        # unread data would be taken for the response to the next request
        is_reusable = limits.keep and not limits.has_rest
    finally:
        if is_reusable:
            pool.put_back(kept)
        else:
            kept.adapter.close()


def _key_of(url: str, environment: Mapping[str, Any]) -> Key:
    parts = urlsplit(url)
    cert = environment["cert"]
    files = (environment["verify"], *(cert if isinstance(cert, tuple) else (cert,)))
    proxies = tuple(sorted(environment["proxies"].items()))
    return (parts.scheme, parts.netloc, proxies, *map(_version_of, files))


def _version_of(path: object) -> object:
    """Return a value that changes when the file at this path is replaced."""
    if not isinstance(path, str):
        return path
    try:
        found = Path(path).stat()
    except OSError:
        return path
    return path, found.st_ino, found.st_mtime_ns, found.st_size
