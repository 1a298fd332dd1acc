"""The active sources, read once for each row of the outbox.

The gate, the choice of sources and the check before a request all need their state.
Reading it for each of them took a fifth of the time of a take-over.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from ...models import NhrBron


@dataclass
class _Reading:
    """The sources as read in a context; ``is_fresh`` until the first request."""

    bronnen: list[NhrBron] | None = None
    is_fresh: bool = True


_reading: ContextVar[_Reading | None] = ContextVar("_reading", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Read the active sources at most once in this context, which is that of one row.

    A source that is switched off, paused or stopped meanwhile gets no next row.
    """
    token = _reading.set(_Reading())
    try:
        yield
    finally:
        _reading.reset(token)


def nhr_bronnen() -> list[NhrBron]:
    """Return the active sources with their services, the most trusted first."""
    reading = _reading.get()
    if reading is None:
        return list(NhrBron.objects.active())
    if reading.bronnen is None:
        reading.bronnen = list(NhrBron.objects.active())
    return reading.bronnen


def are_fresh() -> bool:
    """Whether :func:`nhr_bronnen` can be used for a request without reading it anew.

    True once per context: the first request can take long, so the state of the next
    source is read again.
    """
    reading = _reading.get()
    if reading is None or not reading.is_fresh:
        return False
    reading.is_fresh = False
    return True
