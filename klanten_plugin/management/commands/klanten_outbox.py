"""``manage.py klanten_outbox``: inspect and process the outbox manually."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError
from django.db.models import QuerySet
from django.utils.translation import gettext as _, gettext_lazy

from ...constants import OutboxKind, OutboxState
from ...domain.klanten.bitmaps import catch_up
from ...domain.klanten.duplicates import refresh_duplicates
from ...models import OutboxRow
from ...sync.handlers import HANDLERS
from ...sync.outbox.run import due, work_off
from ...sync.outbox.upkeep import give_up_rows, health, remove_done, try_again
from ..bars import progress_bar
from ..results import ResultCommand

BY_HAND = gettext_lazy("Opgegeven door een beheerder.")


class Command(ResultCommand):
    """For hosts without beat, and for inspection and repair."""

    description = gettext_lazy("Bekijk de outbox van de Klanten API, of werk hem af.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The subcommands. Rows are selected by kind, state and id."""
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser(
            "list", help=_("Toon de taken, de nieuwste eerst.")
        )
        listing.add_argument("--limit", type=int, default=50)
        run = actions.add_parser("run", help=_("Voer nu uit wat aan de beurt is."))
        actions.add_parser("clean", help=_("Verwijder wat lang geleden klaar was."))
        retry = actions.add_parser("retry", help=_("Probeer opnieuw wat mislukte."))
        stop = actions.add_parser("give-up", help=_("Geef op wat nog wacht."))
        stop.add_argument("--reason", default=BY_HAND)
        status = actions.add_parser("health", help=_("Toon de stand als JSON."))
        status.add_argument("--max-age", type=float, default=3600.0, metavar="SECONDS")
        status.add_argument("--max-given-up", type=int, default=0)
        for choosing in (listing, retry, stop):
            choosing.add_argument("--state", choices=OutboxState.values)
            choosing.add_argument("--id", type=int, nargs="*", dest="pks")
        for choosing in (listing, run, retry, stop):
            choosing.add_argument("--kind", choices=OutboxKind.values)
        stop.add_argument("--all", action="store_true", help=_("Werkelijk alles."))

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the subcommand."""
        actions: dict[str, Callable[[dict[str, Any]], None]] = {
            "list": self._list,
            "run": self._run,
            "clean": self._clean,
            "retry": self._retry,
            "give-up": self._give_up,
            "health": self._health,
        }
        actions[options["action"]](options)

    def _list(self, options: dict[str, Any]) -> None:
        for row in _chosen(options)[: options["limit"]]:
            parts = (
                row.pk,
                row.kind,
                row.state,
                row.object_key,
                _("pogingen: {attempts}").format(attempts=row.attempts),
                row.last_error,
            )
            self.stdout.write("  ".join(str(part) for part in parts if part != ""))

    def _run(self, options: dict[str, Any]) -> None:
        chosen = [OutboxKind(options["kind"])] if options["kind"] else list(OutboxKind)
        done = failed = 0
        with progress_bar("taak", sum(due(kind) for kind in chosen)) as bar:
            for kind in chosen:
                run = work_off(kind, HANDLERS[kind], progress=bar.update)
                done += run.done
                failed += run.failed + run.given_up
        catch_up()
        self.say(_("{done} klaar, {failed} mislukt"), done=done, failed=failed)

    def _clean(self, options: dict[str, Any]) -> None:
        self.say(_("{count} verwijderd"), count=remove_done())
        refresh_duplicates()

    def _retry(self, options: dict[str, Any]) -> None:
        self.say(_("{count} opnieuw"), count=try_again(_chosen(options)))

    def _give_up(self, options: dict[str, Any]) -> None:
        choices = (options["kind"], options["state"], options["pks"], options["all"])
        if not any(choices):
            raise CommandError(
                _("Kies met --kind, --state of --id, of met --all alles.")
            )
        count = give_up_rows(_chosen(options), options["reason"])
        self.say(_("{count} opgegeven"), count=count)

    def _health(self, options: dict[str, Any]) -> None:
        """Print JSON, and exit with 1 if an administrator should investigate."""
        numbers = health()
        self.stdout.write(json.dumps(asdict(numbers)))
        is_late = numbers.oldest_seconds > options["max_age"]
        if is_late or numbers.given_up > options["max_given_up"]:
            sys.exit(1)


def _chosen(options: dict[str, Any]) -> QuerySet[OutboxRow]:
    rows = OutboxRow.objects.order_by("-pk")
    if options["kind"]:
        rows = rows.filter(kind=options["kind"])
    if options["state"]:
        rows = rows.filter(state=options["state"])
    if options["pks"] is not None:
        if not options["pks"]:
            raise CommandError(_("--id vraagt een of meer nummers."))
        rows = rows.filter(pk__in=options["pks"])
    return rows
