"""Base class of the commands, which reserves standard output for their result.

Hosts log to standard output, some before a command starts: the suite does so in
``AppConfig.ready``, if the host hasn't configured structlog. Those lines would end up
in the JSON of ``klanten_doctor --json`` or the file of ``klanten_export -``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, TextIO

from django.core.management.base import BaseCommand, OutputWrapper
from django.utils.functional import Promise

STDOUT, STDERR = 1, 2
EXPLAINS = frozenset({"-h", "--help", "--version"})
"""Arguments for which argparse itself writes to standard output."""

COMMANDS = frozenset(
    path.stem for path in (Path(__file__).parent / "commands").glob("klanten_*.py*")
)

_results: list[TextIO] = []
"""The original standard output, after :func:`set_results_apart`."""


class ResultCommand(BaseCommand):
    """A command whose standard output only has its result, without log lines.

    ``argparse`` wraps the help text of a command and needs a ``str`` for that, so the
    lazy ``description`` is translated when the parser is made.
    """

    description: str | Promise = ""

    @property
    def help(self) -> str:  # type: ignore[override]
        """Return the description in the active language."""
        return str(self.description)

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run with the original standard output as ``self.stdout``."""
        if _results:
            self.stdout = OutputWrapper(_results[0])
        try:
            return super().execute(*args, **options)
        finally:
            self.stdout.flush()

    def say(self, text: str, **values: Any) -> None:
        """Write a line with these values to standard output."""
        self.stdout.write(text.format(**values))

    @property
    def binary_stdout(self) -> IO[bytes]:
        """The binary stream below ``self.stdout``."""
        buffer: Any = self.stdout.buffer  # the wrapper passes every attribute on
        return buffer  # type: ignore[no-any-return]


def set_results_apart(argv: Sequence[str]) -> None:
    """In commands of the plugin, redirect other output from standard output to error.

    Call it at the start of a process with its ``sys.argv``; it does nothing in other
    processes. It changes file descriptors, because handlers keep a reference to
    ``sys.stdout``.
    """
    if _results or COMMANDS.isdisjoint(argv[1:2]) or EXPLAINS.intersection(argv[2:]):
        return
    # binary underneath, for commands that write bytes
    kept = os.fdopen(
        os.dup(STDOUT), "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors
    )
    _results.append(kept)
    os.dup2(STDERR, STDOUT)
    # flush earlier output, which isn't part of the result either
    sys.stdout.flush()
