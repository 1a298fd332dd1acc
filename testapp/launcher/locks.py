"""Locks on the data folder, which are released when their process ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testapp.launcher.errors import LauncherError


@contextmanager
def exclusive(path: Path, *, taken: str = "") -> Iterator[None]:
    """Hold a lock in this context.

    Waits for it, or raises LauncherError with the text `taken` if another process has
    it. The file isn't removed, or two processes could lock different ones.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | (fcntl.LOCK_NB if taken else 0))
        except BlockingIOError:
            raise LauncherError(taken) from None
        yield
