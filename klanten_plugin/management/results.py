"""Keep the result of a command on standard output apart from everything else.

Hosts log to standard output, some before any command starts: the suite does, in
``AppConfig.ready``, where the host hasn't configured structlog. Their lines would end up
in the JSON of ``klanten_doctor --json`` or the file of ``klanten_export -``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, TextIO

from django.core.management.base import BaseCommand, OutputWrapper

STDOUT, STDERR = 1, 2
EXPLAINS = frozenset({"-h", "--help", "--version"})
"""Arguments to which argparse answers on standard output by itself."""

COMMANDS = frozenset(
    path.stem for path in (Path(__file__).parent / "commands").glob("klanten_*.py*")
)

_results: list[TextIO] = []
"""Standard output as it was, once this process has set it apart."""


class ResultCommand(BaseCommand):
    """A command whose standard output holds its result, and no line of a log."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run with ``self.stdout`` as the real standard output, where it was set apart."""
        if _results:
            self.stdout = OutputWrapper(_results[0])
        try:
            return super().execute(*args, **options)
        finally:
            self.stdout.flush()

    @property
    def binary_stdout(self) -> IO[bytes]:
        """What ``self.stdout`` writes to, for bytes."""
        buffer: Any = self.stdout.buffer  # the wrapper passes every attribute on
        return buffer  # type: ignore[no-any-return]


def set_results_apart(argv: Sequence[str]) -> None:
    """Send what else is written to standard output to standard error, in our commands.

    For the start of a process, with its ``sys.argv``; does nothing in other processes.
    The file descriptors are changed, because handlers hold on to ``sys.stdout``.
    """
    if _results or COMMANDS.isdisjoint(argv[1:2]) or EXPLAINS.intersection(argv[2:]):
        return
    # binary at the bottom, for commands that write bytes
    kept = os.fdopen(
        os.dup(STDOUT), "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors
    )
    _results.append(kept)
    os.dup2(STDERR, STDOUT)
    # what was printed before and not written yet is no result either
    sys.stdout.flush()
