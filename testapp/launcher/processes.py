"""Start, monitor and stop the parts of the host."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

from testapp.launcher.console import Console
from testapp.launcher.interrupts import uninterrupted

_LAST_LINES = 15
_GUARD = Path(__file__).with_name("guard.py")


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
        *("-I", "-S", str(_GUARD)),
        *(str(os.getpid()), str(int(on_parent_death)), user or "-"),
        *command,
    ]


@dataclass(frozen=True)
class Part:
    """One long-running program of the host."""

    name: str
    command: Sequence[str]
    cwd: Path
    env: Mapping[str, str] = field(repr=False)
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    """Seconds until it is killed after being asked to stop."""


class RunningPart:
    """A started part, with the thread that forwards its output."""

    def __init__(self, part: Part, console: Console) -> None:
        self.part = part
        self.last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._console = console
        self._process = subprocess.Popen(
            guarded(part.command, user=part.user, on_parent_death=part.stop_signal),
            cwd=part.cwd,
            env=dict(part.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            # Not in the terminal's process group: we stop the parts in order, not
            # Ctrl-C.
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._pass_on, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Return the exit status, negative for a signal, or None if it is running."""
        return self._process.poll()

    def stop(self) -> None:
        """Ask it to stop, kill it after its grace period, and kill its children."""
        if self.status is None:
            self._process.send_signal(self.part.stop_signal)
        try:
            self._process.wait(self.part.grace)
        except subprocess.TimeoutExpired:
            self._console.line(f"{self.part.name} did not stop in time and is killed")
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join(timeout=1)

    def _pass_on(self) -> None:
        with self._process.stdout or nullcontext(()) as output:
            for line in output:
                if line.strip():
                    self.last_lines.append(line.rstrip())
                    self._console.part(self.part.name, line)


class Supervisor:
    """The running parts. Leaving the context stops them in reverse order."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._running: list[RunningPart] = []

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(self, *exc_info: object) -> None:
        with uninterrupted():
            while self._running:
                self._running.pop().stop()

    def start(self, part: Part) -> RunningPart:
        running = RunningPart(part, self.console)
        self._running.append(running)
        return running

    def stop(self, running: RunningPart) -> None:
        """Stop one part before the others."""
        self._running.remove(running)
        running.stop()

    def fallen(self) -> RunningPart | None:
        """Return a part that ended without being asked to, or None."""
        return next((each for each in self._running if each.status is not None), None)


def describe_status(status: int) -> str:
    """Return an exit status in words, e.g. `exit status 1` or `killed by SIGKILL`."""
    if status >= 0:
        return f"exit status {status}"
    return f"killed by {signal.Signals(-status).name}"


def command_line(pid: int) -> str:
    """Return the command line of a process, or "" if it doesn't exist."""
    linux = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self").exists():
        try:
            return linux.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    command = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
