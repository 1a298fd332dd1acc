"""Start, monitor and stop the parts of the host."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from testapp.launcher.console import Console
from testapp.launcher.errors import LauncherError
from testapp.launcher.guard import guarded

_LAST_LINES = 15
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Those that end the launcher, by a KeyboardInterrupt."""


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
    has_terminal: bool = False
    """Whether it reads and writes our standard streams itself."""


class RunningPart(subprocess.Popen[str]):
    """A started part, with the thread that forwards its output."""

    def __init__(self, part: Part, console: Console) -> None:
        self.part = part
        self.last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._console = console
        shared = part.has_terminal
        super().__init__(
            guarded(part.command, user=part.user, on_parent_death=part.stop_signal),
            cwd=part.cwd,
            env=dict(part.env),
            stdin=None if shared else subprocess.DEVNULL,
            stdout=None if shared else subprocess.PIPE,
            stderr=None if shared else subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            # Not in the terminal's process group: we stop the parts in order, not
            # Ctrl-C.
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._pass_on, daemon=True)
        self._reader.start()

    def stop(self) -> None:
        """Ask it to stop, kill it after its grace period, and kill its children."""
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
        status = self.wait()
        how = f"exit status {status}"
        if status < 0:
            how = f"killed by {signal.Signals(-status).name}"
        lines = "\n".join(f"    {line}" for line in self.last_lines)
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
        with _uninterrupted():
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
            if each.poll() is not None:
                raise LauncherError(each.last_words())


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Run code with its own time limits to completion, ignoring stop signals."""

    def ignore(signum: int, frame: FrameType | None) -> None:
        """Do nothing. Unlike SIG_IGN, children don't inherit a handler."""

    previous = [(each, signal.signal(each, ignore)) for each in STOP_SIGNALS]
    try:
        yield
    finally:
        for each, handler in previous:
            signal.signal(each, handler)
