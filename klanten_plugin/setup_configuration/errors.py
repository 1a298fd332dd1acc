"""Errors in a configuration file."""

from __future__ import annotations


class SetupError(Exception):
    """The file has errors, with a line for each, without values of the file."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
