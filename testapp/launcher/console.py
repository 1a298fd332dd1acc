"""What the person at the terminal sees: steps, and the prefixed output of parts."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PREFIX_WIDTH = 8


def prefixed(part: str, line: str) -> str:
    """Return the line as the output of a part, e.g. `worker   | ready`."""
    return f"{part:<{PREFIX_WIDTH}} | {line.rstrip()}".rstrip() + "\n"


class Console:
    """Writes whole lines to one stream, from any thread."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def line(self, text: str = "") -> None:
        self._write(text + "\n")

    def part(self, part: str, line: str) -> None:
        """Write a line of a part; the name tells which."""
        self._write(prefixed(part, line))

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Announce a step, and tell afterwards how long it took."""
        self.line(f"==> {title} ...")
        start = time.monotonic()
        yield
        self.line(f"    done in {time.monotonic() - start:.1f} s")

    def _write(self, text: str) -> None:
        with self._lock:
            try:
                self._stream.write(text)
                self._stream.flush()
            except BrokenPipeError:
                self._reader_is_gone()

    def _reader_is_gone(self) -> None:
        """Go on without a reader (`python3 -m testapp | head`) and stop."""
        self._stream = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        os.kill(os.getpid(), 15)


def terminal() -> Console:
    """Return the console on standard output."""
    return Console(sys.stdout)


@contextmanager
def log_file(path: Path) -> Iterator[Console]:
    """Return a console that writes to a file, for services nobody watches."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        yield Console(stream)
