"""`klanten_demo`: create fictitious klanten."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from tqdm import tqdm

from klanten_plugin.constants import NhrSoort, OutboxKind, OutboxState
from klanten_plugin.domain.klanten.write import create_klant
from klanten_plugin.models import Klant, NhrState, OutboxRow
from klanten_plugin.models.nhr import NhrNummer
from testapp.demo.identifiers import SEEDS
from testapp.demo.klanten import Values, klanten

DAYS = 30
BATCH = 100
"""Number of klanten per transaction, which are created all or not at all."""


class Command(BaseCommand):
    """Safe to repeat and to interrupt: existing klanten are skipped."""

    help = "Add invented klanten: the same ones for the same seed."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: the number and the seed."""
        parser.add_argument("--count", type=int, default=500)
        parser.add_argument("--seed", type=int, default=1, help=f"below {SEEDS}")

    def handle(self, **options: Any) -> None:  # Any: argparse's values
        """Create batch by batch, with a progress bar on a terminal."""
        count, added = options["count"], 0
        hidden = options["verbosity"] == 0 or not self.stderr.isatty()
        with tqdm(total=count, unit="klant", file=self.stderr, disable=hidden) as bar:
            for batch in _batches(klanten(options["seed"], count)):
                added += add_missing(batch)
                bar.update(len(batch))
        if options["verbosity"] > 0:
            self.stdout.write(
                f"klanten: {added} added, {count - added} were there already"
            )


@transaction.atomic
def add_missing(batch: list[Values]) -> int:
    """Create the missing klanten of the batch, and return their number."""
    known = set(
        Klant.objects.filter(
            klantnummer__in=[values["klantnummer"] for values in batch]
        ).values_list("bronorganisatie", "klantnummer")
    )
    missing = [
        values
        for values in batch
        if (values["bronorganisatie"], values["klantnummer"]) not in known
    ]
    added = [create_klant(values) for values in missing]
    _leave_alone(added)
    return len(added)


def _leave_alone(klanten: list[Klant]) -> None:
    """Postpone their look-ups, because no register has these fictitious numbers.

    The look-ups are spread over a month, as for klanten that have existed for long.
    """
    for number, state in enumerate(NhrState.objects.filter(klant__in=klanten)):
        key = NhrNummer(NhrSoort(state.soort), state.nummer).key
        OutboxRow.objects.filter(
            kind=OutboxKind.NHR_OVERNAME, object_key=key, state=OutboxState.WAITING
        ).delete()
        state.due_at = timezone.now() + timedelta(days=1 + number % DAYS)
        state.save(update_fields=["due_at"])


def _batches(rows: Iterable[Values]) -> Iterator[list[Values]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch
