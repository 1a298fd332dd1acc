"""``manage.py klanten_database``: verify and repair triggers, functions and indexes."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _, gettext_lazy

from ...domain.database import find_faults, mend_database
from ..bars import progress_bar
from ..results import ResultCommand


class Command(ResultCommand):
    """Exits with 1 if there are defects that weren't repaired."""

    description = gettext_lazy(
        "Vergelijk de triggers, functies en indexen in de database met wat deze versie "
        "nodig heeft. Met --mend: herstel ze, tel de klanten, en kijk elke ETag na. Doe "
        "dat na een restore, of nadat triggers uit stonden."
    )
    # some of them query objects that this command repairs
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--mend`` repairs the defects."""
        parser.add_argument("--mend", action="store_true", help=_("Herstel alles."))

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the defects, or repair them."""
        if options["mend"]:
            self._mend()
            return
        faults = find_faults()
        for fault in faults:
            self.stdout.write(str(fault))
        if faults:
            sys.exit(1)
        self.stdout.write(_("De database is zoals deze versie haar nodig heeft."))

    def _mend(self) -> None:
        try:
            with progress_bar("klant") as bar:
                mended = mend_database(bar.update)
        except LookupError as error:
            message = _(
                "Zet een back-up terug, of draai migrate; ontbreekt: {error}"
            ).format(error=error)
            raise CommandError(message) from error
        for fault in mended.faults:
            self.say(_("hersteld: {fault}"), fault=fault)
        self.say(
            _("aantal klanten gecorrigeerd met {recounted}"), recounted=mended.recounted
        )
        self.say(_("ETags die niet klopten: {etags}"), etags=mended.etags)
