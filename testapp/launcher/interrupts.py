"""What the signals that end a program do to the launcher."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from testapp.launcher.errors import StopRequested

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _do_nothing(signum: int, frame: FrameType | None) -> None:
    """Keep the signal from us; a handler, unlike SIG_IGN, isn't inherited."""


def _stop(signum: int, frame: FrameType | None) -> None:
    # Once is enough: a second Ctrl-C must not interrupt the orderly stopping.
    for each in _STOP_SIGNALS:
        signal.signal(each, _do_nothing)
    raise StopRequested(signal.Signals(signum).name)


def stop_on_signals() -> None:
    """Let the first of the stop signals raise StopRequested in the main thread."""
    for each in _STOP_SIGNALS:
        signal.signal(each, _stop)


@contextmanager
def ctrl_c_left_to_child() -> Iterator[None]:
    """Leave Ctrl-C to a program that shares our terminal (a shell, tox)."""
    previous = signal.signal(signal.SIGINT, _do_nothing)
    try:
        yield
    finally:
        # A stop signal in the meantime has switched all of them off: leave that.
        if signal.getsignal(signal.SIGTERM) is not _do_nothing:
            signal.signal(signal.SIGINT, previous)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Finish what has its own time limits, whatever is pressed meanwhile."""
    previous = [(each, signal.signal(each, _do_nothing)) for each in _STOP_SIGNALS]
    try:
        yield
    finally:
        for each, handler in previous:
            signal.signal(each, handler)
