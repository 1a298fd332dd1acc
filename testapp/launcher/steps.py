"""Run programs until they end: setup steps, or commands at the terminal."""

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
    """Run a step with its output in a log. Raises LauncherError with the log's end."""
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
    """Run a program with exclusive use of the terminal, and return its exit status."""
    process = subprocess.Popen(guarded(command), cwd=cwd, env=dict(env))
    try:
        with ctrl_c_left_to_child():
            status = process.wait()
    except BaseException:
        # SIGINT instead of SIGTERM, because tox and Python both clean up after it.
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
        process.kill()
        process.wait()
        raise
    # As shells do: 128 plus the number of the signal.
    return status if status >= 0 else 128 - status


def _wait_in_own_group(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    output: int,
) -> int:
    """Return the exit status. If we are stopped, stop its process group."""
    process = subprocess.Popen(
        guarded(command),
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        # Not a separate session: the step may query the width of the terminal.
        process_group=0,
    )
    try:
        return process.wait()
    except BaseException:
        # SIGINT instead of SIGTERM, because pip then removes its temporary folders.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
