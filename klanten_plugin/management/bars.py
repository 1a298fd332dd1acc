"""A progress bar that other output is written above of."""

from __future__ import annotations

import logging  # noqa: TID251 - for the handlers of the host; nothing is logged here
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from tqdm import tqdm


@contextmanager
def progress_bar(unit: str, total: int | None = None, **options: Any) -> Iterator[Any]:
    """Show a progress bar on standard error, if that is a terminal.

    Log lines to the terminal are written above it. Use :func:`above_bar` for other
    output, and print the result after the bar is closed.
    """
    with tqdm(total=total, unit=unit, disable=None, **options) as bar:
        handlers = [] if bar.disable else _handlers()
        for handler in handlers:
            handler.setStream(_AboveBar(handler.stream))
        try:
            yield bar
        finally:
            for handler in handlers:
                handler.setStream(handler.stream.stream)


@contextmanager
def above_bar() -> Iterator[None]:
    """Clear the bar, if any, while other output is written."""
    with tqdm.external_write_mode():
        yield


class _AboveBar:
    """A stream that redraws the bar below each of its lines."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        with tqdm.external_write_mode(file=self.stream):
            return self.stream.write(text)

    def flush(self) -> None:
        self.stream.flush()


def _handlers() -> list[logging.StreamHandler[Any]]:
    """Return the handlers of all loggers that write to the terminal."""
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    found = {
        handler
        for logger in loggers
        if isinstance(logger, logging.Logger)
        for handler in logger.handlers
        if isinstance(handler, logging.StreamHandler)
    }
    return [each for each in found if each.stream in (sys.stdout, sys.stderr)]
