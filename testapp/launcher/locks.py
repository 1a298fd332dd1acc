"""Locks on the data folder, which are released when their process ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class LockTakenError(Exception):
    """Another process holds the lock."""


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait for the lock, and hold it in this context."""
    with _locked(path, fcntl.LOCK_EX):
        yield


@contextmanager
def exclusive_now(path: Path) -> Iterator[None]:
    """Hold the lock in this context, or raise LockTakenError immediately."""
    with _locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB):
        yield


@contextmanager
def _locked(path: Path, operation: int) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    # The kernel releases it when the process dies, so a killed launcher leaves no stale
    # lock. The file isn't removed, or two processes could lock different ones.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, operation)
        except BlockingIOError:
            raise LockTakenError from None
        yield
    finally:
        os.close(descriptor)
