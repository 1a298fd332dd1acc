"""``manage.py klanten_rollen``: synchronise the mirror of roles with its services."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError
from django.utils.translation import gettext as _, gettext_lazy

from ...domain.rollen.sources import (
    active_bronnen,
    note_success,
    read_choice,
    request_passes,
)
from ...exceptions import RemoteError
from ...models import Klant, RolBron
from ...sync.rollen.full_pass import advance
from ...sync.rollen.keep import sync_klant_now
from ...sync.rollen.looking import look_at, look_at_bronnen
from ...sync.rollen.pass_state import PassState
from ..bars import progress_bar
from ..results import ResultCommand

SLICE_SECONDS = 5.0


class Command(ResultCommand):
    """An error of one service doesn't affect the others."""

    description = gettext_lazy(
        "Stem de rollen van klanten af met de Contactmomenten en Verzoeken API's."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Select all klanten or one."""
        actions = parser.add_subparsers(dest="action", required=True)
        whole = actions.add_parser("reconcile", help=_("Lees alle relaties."))
        whole.add_argument(
            "--queue", action="store_true", help=_("Laat workers het doen.")
        )
        single = actions.add_parser("klant", help=_("Lees de relaties van een klant."))
        single.add_argument("uuid")
        actions.add_parser("look", help=_("Kijk of er iets veranderd is, zoals beat."))
        actions.add_parser("status", help=_("Toon de stand per service."))

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit with 1 if a service couldn't be read."""
        read_choice()
        if options["action"] == "status":
            self._status()
        elif options["action"] == "look":
            self.say(_("{count} services bekeken"), count=look_at_bronnen())
        elif options["action"] == "reconcile" and options["queue"]:
            self.say(
                _("{count} services staan klaar voor de workers"),
                count=request_passes(),
            )
        else:
            bronnen = active_bronnen()
            if not bronnen:
                raise CommandError(
                    _("Er is geen service gekozen met rollen van klanten.")
                )
            klant = klant_by_uuid(options["uuid"]) if "uuid" in options else None
            # a list, so that all of them run
            results = [self._do(bron, klant) for bron in bronnen]
            if not all(results):
                sys.exit(1)

    def _do(self, bron: RolBron, klant: Klant | None) -> bool:
        # the operator has presumably fixed the cause, so ignore the pause
        note_success(bron)
        try:
            if klant is None:
                reconcile(bron)
            else:
                sync_klant_now(klant, bron)
                self._look(bron)
        except RemoteError as error:
            self.stderr.write(f"{bron}: {error}")
            return False
        bron.refresh_from_db()
        done = bron.counts_in_words() if klant is None else "bijgewerkt"
        self.stdout.write(f"{bron}: {done}")
        return True

    def _look(self, bron: RolBron) -> None:
        """Check the list for changes, and report if a full pass is needed."""
        if not look_at(bron):
            self.say(
                _(
                    "{bron}: de lijst is veranderd, en wordt door workers helemaal gelezen"
                ),
                bron=bron,
            )

    def _status(self) -> None:
        for bron in RolBron.objects.select_related("service"):
            chosen = "" if bron.active else _(" (niet meer gekozen)")
            when = bron.last_complete_at or _("nooit volledig afgestemd")
            self.stdout.write(f"{bron}{chosen}: {when}  {bron.counts_in_words()}")
            for pass_error in filter(None, (bron.pass_error, bron.call_error)):
                self.stdout.write(f"  {pass_error}")


def reconcile(bron: RolBron) -> None:
    """Run a full pass, or resume one, with a progress bar on a terminal."""
    with progress_bar("relatie", desc=str(bron)) as bar:

        def progress(state: PassState) -> None:
            bar.total = max(state.walk.count, state.walk.rows)
            bar.update(state.walk.rows - bar.n)

        while not advance(bron, SLICE_SECONDS, progress):
            bron.refresh_from_db()


def klant_by_uuid(text: str) -> Klant:
    """Return the klant with this UUID."""
    try:
        return Klant.objects.get(uuid=UUID(text))
    except (ValueError, Klant.DoesNotExist) as error:
        raise CommandError(_("Er is geen klant met deze UUID.")) from error
