"""Running a program to its end: a step of the setting up, or one at the terminal."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from testapp.launcher.errors import LauncherError
from testapp.launcher.interrupts import ctrl_c_left_to_child
from testapp.launcher.processes import guarded

_TAIL_LINES = 15
_STOP_SECONDS = 15


def run_logged(
    command: Sequence[str], *, what: str, log: Path, cwd: Path, env: Mapping[str, str]
) -> None:
    """Run a step with its output in a log; raise LauncherError with the log's end."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        status = _wait_in_own_group(command, cwd=cwd, env=env, output=output.fileno())
    if status:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        tail = "\n".join(f"    {line}" for line in lines[-_TAIL_LINES:])
        raise LauncherError(f"{what} failed; the end of {log}:\n{tail}")


def run_at_terminal(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str]
) -> int:
    """Run a program that has the terminal to itself; return its exit status."""
    process = subprocess.Popen(guarded(command), cwd=cwd, env=dict(env))
    try:
        with ctrl_c_left_to_child():
            status = process.wait()
    except BaseException:
        # SIGINT rather than SIGTERM: tox and Python both tidy up after it.
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
        process.kill()
        process.wait()
        raise
    # As a shell says it: 128 and the number of the signal.
    return status if status >= 0 else 128 - status


def _wait_in_own_group(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    output: int,
) -> int:
    """Return the exit status; when we are stopped, end the whole group of it."""
    process = subprocess.Popen(
        guarded(command),
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        # Not a session of its own: the step may ask how wide the terminal is.
        process_group=0,
    )
    try:
        return process.wait()
    except BaseException:
        # SIGINT rather than SIGTERM: pip then removes its temporary folders.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
