"""Handling of the signals that end the launcher."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from testapp.launcher.errors import StopRequested

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _do_nothing(signum: int, frame: FrameType | None) -> None:
    """Ignore the signal. Unlike SIG_IGN, children don't inherit a handler."""


def _stop(signum: int, frame: FrameType | None) -> None:
    # Only once: a second Ctrl-C must not interrupt the orderly shutdown.
    for each in _STOP_SIGNALS:
        signal.signal(each, _do_nothing)
    raise StopRequested(signal.Signals(signum).name)


def stop_on_signals() -> None:
    """Make the first stop signal raise StopRequested in the main thread."""
    for each in _STOP_SIGNALS:
        signal.signal(each, _stop)


@contextmanager
def ctrl_c_left_to_child() -> Iterator[None]:
    """Leave Ctrl-C to a program that shares our terminal (a shell, tox)."""
    previous = signal.signal(signal.SIGINT, _do_nothing)
    try:
        yield
    finally:
        # Meanwhile a stop signal has disabled all handlers, so don't restore them.
        if signal.getsignal(signal.SIGTERM) is not _do_nothing:
            signal.signal(signal.SIGINT, previous)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Run code with its own time limits to completion, ignoring stop signals."""
    previous = [(each, signal.signal(each, _do_nothing)) for each in _STOP_SIGNALS]
    try:
        yield
    finally:
        for each, handler in previous:
            signal.signal(each, handler)
