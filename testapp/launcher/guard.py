"""Start a program that ends with its parent: `guard.py PARENT SIGNAL USER CMD…`.

A separate program instead of a `preexec_fn`, because the launcher has threads by the
time it starts its parts, so no Python code may run between fork and exec.
"""

from __future__ import annotations

import os
import pwd
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PR_SET_PDEATHSIG = 1


def guarded(
    command: Sequence[str],
    *,
    user: str | None = None,
    on_parent_death: signal.Signals = signal.SIGTERM,
) -> list[str]:
    """Return the command so that it runs as `user` and ends when we do.

    Start it from the main thread only, because the kernel considers the starting thread
    its parent.
    """
    return [
        sys.executable,
        *("-I", "-S", __file__),
        *(str(os.getpid()), str(int(on_parent_death)), user or "-"),
        *command,
    ]


def _become(user: str) -> None:
    """Give up root permanently, including supplementary groups."""
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def _load_prctl() -> Callable[[int, int, int, int, int], int] | None:
    """Return the system call, or None if the system has none, as on macOS.

    On such systems, leftover programs of a killed launcher are found at the next start.
    """
    if not sys.platform.startswith("linux"):
        return None
    try:
        import ctypes  # some minimal Pythons lack libffi
    except ImportError:
        return None
    prctl: Callable[[int, int, int, int, int], int] = ctypes.CDLL(None).prctl
    return prctl


def main(arguments: list[str]) -> None:
    parent, signum, user, *command = arguments
    # Before the change of user, who may not be able to read this Python.
    prctl = _load_prctl()
    if user != "-":
        _become(user)
    if prctl:
        # After the change of user, which resets this setting. The signal is sent when
        # the parent dies, even by SIGKILL.
        prctl(_PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("the launcher is gone")
    # Python ignores SIGPIPE, and the program would inherit that.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
