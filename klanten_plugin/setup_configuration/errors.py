"""Why a file can't be followed."""

from __future__ import annotations


class SetupError(Exception):
    """A line for each thing that is wrong. None of them holds a value of the file."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
