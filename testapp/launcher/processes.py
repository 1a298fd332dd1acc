"""Start, monitor and stop the parts of the host."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

from testapp.launcher.console import Console
from testapp.launcher.errors import LauncherError
from testapp.launcher.guard import guarded
from testapp.launcher.interrupts import uninterrupted

_LAST_LINES = 15


@dataclass(frozen=True)
class Part:
    """One program of the host."""

    name: str
    command: Sequence[str]
    cwd: Path
    env: Mapping[str, str] = field(repr=False)
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    """Seconds until it is killed after being asked to stop."""


class RunningPart(subprocess.Popen[str]):
    """A started part, with the thread that forwards its output."""

    def __init__(self, part: Part, console: Console) -> None:
        self.part = part
        self.last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._console = console
        super().__init__(
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
    def status(self) -> int | None:
        """Return the exit status, negative for a signal, or None if it is running."""
        return self.poll()

    def stop(self) -> None:
        """Ask it to stop, kill it after its grace period, and kill its children."""
        if self.status is None:
            self.send_signal(self.part.stop_signal)
        try:
            self.wait(self.part.grace)
        except subprocess.TimeoutExpired:
            self._console.line(f"{self.part.name} did not stop in time and is killed")
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.wait()
        self._reader.join(timeout=1)

    def last_words(self) -> str:
        """Return in words that it ended, and the last lines of its output."""
        lines = "\n".join(f"    {line}" for line in self.last_lines)
        how = describe_status(self.wait())
        return f"{self.part.name} ended unexpectedly ({how}). It said:\n{lines}"

    def _pass_on(self) -> None:
        with self.stdout or nullcontext(()) as output:
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

    def run(self, part: Part) -> None:
        """Run a part until it ends. Raises LauncherError if it fails."""
        running = self.start(part)
        status = running.wait()
        self.stop(running)
        if status:
            raise LauncherError(running.last_words())

    def raise_if_fallen(self) -> None:
        """Raise LauncherError if a part ended without being asked to."""
        for each in self._running:
            if each.status is not None:
                raise LauncherError(each.last_words())


def describe_status(status: int) -> str:
    """Return an exit status in words, e.g. `exit status 1` or `killed by SIGKILL`."""
    if status >= 0:
        return f"exit status {status}"
    return f"killed by {signal.Signals(-status).name}"
