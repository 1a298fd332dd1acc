"""Connections that are kept between exchanges, one pool for each process.

A connection belongs to an origin, a proxy, and the files with which TLS was set up; with
another certificate another connection is made. Credentials of a Service aren't part of
it: they are sent with each request. A connection isn't shared: an exchange takes it out,
and puts it back once the answer was read to its end. Every failure closes it.

What was put back is closed by the remote at some time. A connection that is closed
already is replaced before anything is sent. One that is closed in that very moment is an
exchange that failed: whether the request arrived isn't known, as it isn't with a new
connection. So connections are kept shorter than servers keep them.
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
"""Servers keep a connection for 2 seconds (gunicorn) to 75 (nginx)."""

LIFETIME_SECONDS = 60.0
"""After so long a name is looked up again: it may lead to another machine by now."""

MOST_IDLE = 16
"""Of all origins together; the one that was used longest ago is closed."""

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
    """Connections of this process that no exchange uses at the moment."""

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
            # the last one first: those that are too many grow old
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
# two processes that read from one connection would get each other's answers
os.register_at_fork(after_in_child=_start_pool)


@contextmanager
def adapter_for(
    url: str, limits: Limits, environment: Mapping[str, Any]
) -> Iterator[LimitedAdapter]:
    """Lend an adapter for one exchange.

    ``environment`` has ``verify``, ``cert`` and ``proxies`` as ``requests`` takes them.
    """
    if not limits.keep:
        adapter = LimitedAdapter(limits)
        try:
            yield adapter
        finally:
            adapter.close()
        return
    pool = _Pool.current
    kept = pool.take(_key_of(url, environment), limits)
    try:
        yield kept.adapter
    except BaseException:
        kept.adapter.close()
        raise
    if limits.has_rest:
        # it would be taken for the answer to the next request
        kept.adapter.close()
    else:
        pool.put_back(kept)


def _key_of(url: str, environment: Mapping[str, Any]) -> Key:
    parts = urlsplit(url)
    cert = environment["cert"]
    files = (environment["verify"], *(cert if isinstance(cert, tuple) else (cert,)))
    proxies = tuple(sorted(environment["proxies"].items()))
    return (parts.scheme, parts.netloc, proxies, *map(_version_of, files))


def _version_of(path: object) -> object:
    """What tells a file from what was there before, under the same name too."""
    if not isinstance(path, str):
        return path
    try:
        found = Path(path).stat()
    except OSError:
        return path
    return path, found.st_ino, found.st_mtime_ns, found.st_size
