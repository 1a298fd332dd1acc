"""``manage.py klanten_setup``: configure everything from one YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _, gettext_lazy

from ...setup_configuration.errors import SetupError
from ...setup_configuration.reading import read_file
from ...setup_configuration.sections import apply_file
from ..results import ResultCommand


class Command(ResultCommand):
    """Atomic and idempotent."""

    description = gettext_lazy(
        "Stel services, configuratie en applicaties in uit een YAML-bestand. Nog een "
        "keer met hetzelfde bestand verandert niets."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """``--check`` is a dry run."""
        parser.add_argument("bestand", type=Path)
        parser.add_argument(
            "--check",
            action="store_true",
            help=_("Wijzig niets; zeg alleen wat er zou veranderen."),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the changes, without secrets."""
        try:
            found = read_file(options["bestand"])
            with transaction.atomic():
                lines = apply_file(found)
                transaction.set_rollback(options["check"])
        except SetupError as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(
                _(
                    "De database antwoordt niet, of is niet gemigreerd ({error}): zie "
                    "klanten_doctor."
                ).format(error=type(error).__name__)
            ) from error
        for line in lines:
            self.stdout.write(line)
        if options["check"]:
            self.stdout.write(_("Er is niets gewijzigd (--check)."))
