"""Locks on the data folder, which are released when their process ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testapp.launcher.errors import LauncherError


@contextmanager
def exclusive(path: Path, *, once: str = "") -> Iterator[None]:
    """Hold a lock in this context. Waits for it if another process has it.

    With the name of what may run only once, raises LauncherError instead of waiting.
    The file isn't removed, or two processes could lock different ones.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | (fcntl.LOCK_NB if once else 0))
        except BlockingIOError:
            raise LauncherError(
                f"{once} of this checkout already runs: stop it with Ctrl-C there, or "
                "set TESTAPP_DIR to another folder for a second one"
            ) from None
        yield
