"""Terminal output: the steps of starting, then the lines of each part."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

_PREFIX_WIDTH = 8


class Console:
    """Writes complete lines to one stream, from any thread.

    With `hidden`, another stream, the lines of parts go there until `reveal()`.
    """

    def __init__(self, stream: TextIO, hidden: TextIO | None = None) -> None:
        self._stream = stream
        self._parts = hidden or stream
        self._lock = threading.Lock()

    def line(self, text: str = "") -> None:
        self._write(self._stream, text + "\n")

    def part(self, part: str, line: str) -> None:
        """Write a line of a part with its name, e.g. `worker   | ready`."""
        text = f"{part:<{_PREFIX_WIDTH}} | {line.rstrip()}".rstrip()
        self._write(self._parts, text + "\n")

    def reveal(self) -> None:
        """Show the lines of parts from now on."""
        self._parts = self._stream

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Print the title of a step, followed by its duration in seconds."""
        self._write(self._stream, f"==> {title} ...")
        start = time.monotonic()
        try:
            yield
        except BaseException:
            self.line()
            raise
        self.line(f" {time.monotonic() - start:.1f} s")

    def _write(self, stream: TextIO, text: str) -> None:
        with self._lock:
            try:
                stream.write(text)
                stream.flush()
            except BrokenPipeError:
                # stop if the reader is gone (`... testapp | head`)
                os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def log_file(path: Path) -> Iterator[Console]:
    """Return a console that writes to a file."""
    with path.open("w", encoding="utf-8") as stream:
        yield Console(stream)
