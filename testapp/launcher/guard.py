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
    from collections.abc import Sequence

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


def main(arguments: list[str]) -> None:
    parent, signum, user, *command = arguments
    try:
        # before the change of user, who may not be able to read this Python
        import ctypes

        prctl = ctypes.CDLL(None).prctl
    except (ImportError, AttributeError):
        # Pythons that are built without libffi lack ctypes, and macOS lacks prctl.
        # There the next start ends the PostgreSQL of a killed launcher.
        prctl = None
    if user != "-":
        # permanently, including supplementary groups
        entry = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    if prctl:
        # After the change of user, which resets this setting. The signal is sent when
        # the parent dies, even by SIGKILL.
        prctl(_PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("the launcher is gone")
    # Python ignores SIGPIPE, and the program would inherit that.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
