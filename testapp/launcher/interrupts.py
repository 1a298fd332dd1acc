"""Handling of the signals that end the launcher."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stop_on_signals() -> None:
    """Make SIGTERM and SIGHUP raise KeyboardInterrupt, as Ctrl-C does."""
    for each in _STOP_SIGNALS:
        signal.signal(each, signal.default_int_handler)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Run code with its own time limits to completion, ignoring stop signals."""

    def ignore(signum: int, frame: FrameType | None) -> None:
        """Do nothing. Unlike SIG_IGN, children don't inherit a handler."""

    previous = [(each, signal.signal(each, ignore)) for each in _STOP_SIGNALS]
    try:
        yield
    finally:
        for each, handler in previous:
            signal.signal(each, handler)
