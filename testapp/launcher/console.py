"""Terminal output: the steps of starting, then the lines of each part."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

PREFIX_WIDTH = 8


def prefixed(part: str, line: str) -> str:
    """Return the line as output of a part, e.g. `worker   | ready`."""
    return f"{part:<{PREFIX_WIDTH}} | {line.rstrip()}".rstrip() + "\n"


class Console:
    """Writes complete lines to one stream, from any thread.

    With `hidden`, another stream, the lines of parts go there until `reveal()`.
    """

    def __init__(self, stream: TextIO, hidden: TextIO | None = None) -> None:
        self._stream = stream
        self._parts = hidden or stream
        self._lock = threading.Lock()

    def line(self, text: str = "") -> None:
        self._write(text + "\n")

    def part(self, part: str, line: str) -> None:
        """Write a line of a part, prefixed with the name of the part."""
        self._write(prefixed(part, line), to_parts=True)

    def reveal(self) -> None:
        """Show the lines of parts from now on."""
        with self._lock:
            self._parts = self._stream

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Print the title of a step, followed by its duration in seconds."""
        self._write(f"==> {title} ...")
        start = time.monotonic()
        try:
            yield
        except BaseException:
            self.line()
            raise
        self.line(f" {time.monotonic() - start:.1f} s")

    def _write(self, text: str, *, to_parts: bool = False) -> None:
        with self._lock:
            stream = self._parts if to_parts else self._stream
            try:
                stream.write(text)
                stream.flush()
            except BrokenPipeError:
                self._reader_is_gone()

    def _reader_is_gone(self) -> None:
        """Discard output and stop if the reader is gone (`... testapp | head`)."""
        devnull = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        self._stream = self._parts = devnull
        os.kill(os.getpid(), 15)


def terminal(hidden: TextIO | None = None) -> Console:
    """Return the console on standard output."""
    return Console(sys.stdout, hidden)


@contextmanager
def log_file(path: Path) -> Iterator[Console]:
    """Return a console that writes to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        yield Console(stream)
