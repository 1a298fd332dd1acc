"""``manage.py klanten_nhr_refresh``: refresh contact data from the NHR manually."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from ...exceptions import ConfigurationError, RemoteError, TemporaryRemoteError
from ...models import Klant, NhrState
from ...models.nhr import NhrNummer
from ...sync.nhr.gate import FAILURES_IN_A_ROW
from ...sync.nhr.refresh import numbers_of, preview, queue, refresh
from ..bars import above_bar, progress_bar
from ..results import ResultCommand


class Command(ResultCommand):
    """Each number is looked up once, however many klanten have it."""

    description = gettext_lazy(
        "Neem de contactgegevens van klanten over uit het NHR. Een vestiging of "
        "rechtspersoon opvragen bij KVK kost geld, ook met --dry-run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One selection is required; there is no default."""
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--all", action="store_true", help=_("Alle klanten."))
        which.add_argument("--due", action="store_true", help=_("Wie aan de beurt is."))
        which.add_argument("--klant", nargs="+", type=UUID, metavar="UUID")
        which.add_argument("--vestigingsnummer", nargs="+", metavar="NUMMER")
        which.add_argument("--rsin", nargs="+", metavar="RSIN")
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--dry-run",
            action="store_true",
            help=_("Toon de verschillen, en wijzig niets."),
        )
        how.add_argument(
            "--queue",
            action="store_true",
            help=_("Laat het aan de workers over, in plaats van het nu te doen."),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Refresh, show or queue the selected klanten."""
        states = _selected(options)
        numbers = numbers_of(states)
        total = states.exclude(due_at=None).values("soort", "nummer").distinct().count()
        with progress_bar("nummer", total) as bar:
            if options["queue"]:
                count = queue(numbers, bar.update)
            else:
                do = self._show if options["dry_run"] else refresh
                changed, failed = self._go_through(numbers, do, bar)
        if options["queue"]:
            self.say(_("{count} nummers in de outbox"), count=count)
            return
        self.say(
            _("{changed} klanten gewijzigd, {failed} nummers mislukt"),
            changed=changed,
            failed=failed,
        )
        if failed:
            raise CommandError(_("Niet alles is opgevraagd."))

    def _go_through(
        self, numbers: Iterator[NhrNummer], do: Any, bar: Any
    ) -> tuple[int, int]:
        """Return the numbers of changed klanten and of failed look-ups."""
        changed = failed = in_a_row = 0
        for number in numbers:
            try:
                changed += do(number)
                in_a_row = 0
            except ConfigurationError as error:
                raise CommandError(_("Gestopt: {error}").format(error=error)) from error
            except RemoteError as error:
                failed += 1
                with above_bar():
                    self.stderr.write(f"{number.key}: {error}")
                may_be_down = isinstance(error, TemporaryRemoteError)
                in_a_row = in_a_row + 1 if may_be_down else 0
            bar.update()
            if in_a_row >= FAILURES_IN_A_ROW:
                raise CommandError(_("Gestopt: het register is niet bereikbaar."))
        return changed, failed

    def _show(self, number: NhrNummer) -> int:
        for klant, found in preview(number):
            for one in found:
                change = f"{one.old!r} -> {one.new!r} ({one.source})"
                with above_bar():
                    self.stdout.write(f"{klant.uuid} {one.field}: {change}")
        return 0


def _selected(options: dict[str, Any]) -> QuerySet[NhrState]:
    states = NhrState.objects.all()
    if options["due"]:
        return states.due(timezone.now())
    if options["klant"]:
        return states.filter(klant__in=_known(options["klant"]))
    nummers = options["vestigingsnummer"] or options["rsin"]
    return states.filter(nummer__in=nummers) if nummers else states


def _known(uuids: list[UUID]) -> QuerySet[Klant]:
    klanten = Klant.objects.filter(uuid__in=uuids)
    missing = set(uuids) - set(klanten.values_list("uuid", flat=True))
    if missing:
        raise CommandError(
            _("Geen klant: {uuids}").format(uuids=", ".join(map(str, sorted(missing))))
        )
    return klanten
