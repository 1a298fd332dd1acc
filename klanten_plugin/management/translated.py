"""Base class of the commands: descriptions in the language of the host."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.functional import Promise

from .results import ResultCommand


class TranslatedCommand(ResultCommand):
    """A command with a translated ``description``.

    ``argparse`` wraps the help text of a command and needs a ``str`` for that, so the
    lazy text is resolved when the parser is made, not when the module is imported.
    """

    description: str | Promise = ""

    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> CommandParser:
        """Make the parser, with the description as its help text."""
        self.help = str(self.description)
        return super().create_parser(prog_name, subcommand, **kwargs)
