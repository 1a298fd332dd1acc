"""Keep the contact data of klanten as the register has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

import structlog

from ...clients.nhr.limiter import budget_is_spent
from ...clients.nhr.sources import configured_sources
from ...conf import settings
from ...constants import NhrOutcome, NhrSoort, OutboxKind
from ...domain.nhr.takeover import (
    Difference,
    RegisterAnswer,
    differences,
    report,
    take_over,
)
from ...domain.outbox import add_row, announced_together
from ...exceptions import ConfigurationError, PermanentRemoteError
from ...models import Klant, NhrBron, NhrState, OutboxRow
from ...models.groups import group_paths
from ...models.nhr import NhrNummer
from ..outbox.run import Backoff
from .consult import consult, next_time
from .stop import require_running, resume, stop

logger = structlog.stdlib.get_logger(__name__)

BATCH = 500


def refresh_number(row: OutboxRow) -> None:
    """Refresh the klanten with one number. Twice costs a request, and changes nothing."""
    refresh(NhrNummer.from_key(row.object_key))


def nhr_backoff() -> Backoff:
    """Longer than others: a register that is being worked on takes its time."""
    return Backoff(factor=60.0, base=2.0, limit=6 * 3600.0, retries=8)


def refresh(number: NhrNummer) -> int:
    """Ask for one number, once, and take it over in all klanten that have it.

    Returns how many that changed. Raises a ``RemoteError`` where asking failed.
    """
    batches = _klanten_with(number)
    first = next(batches)
    if not first:
        return 0  # deleted, or renumbered: don't pay for nobody
    register = consult_number(_with_kvk_nummer(number, first))
    # a klant that gets this number meanwhile has a row of its own in the outbox
    changed = sum(
        take_over(pk, number, register)
        for batch in chain([first], batches)
        for pk, _kvk_nummer in batch
    )
    logger.info("nhr_refreshed", number=number.key, changed=changed)
    return changed


def preview(number: NhrNummer) -> Iterator[tuple[Klant, list[Difference]]]:
    """What a refresh would change, per klant; nothing is written."""
    batches = _klanten_with(number)
    first = next(batches)
    if not first:
        return
    register = consult_number(_with_kvk_nummer(number, first))
    klanten = Klant.objects.select_related("nhr_state", *group_paths(Klant))
    for batch in chain([first], batches):
        pks = [pk for pk, _kvk_nummer in batch]
        for klant in klanten.filter(pk__in=pks).order_by("pk"):
            yield klant, differences(klant, klant.nhr_state, register)


def _klanten_with(number: NhrNummer) -> Iterator[list[tuple[int, str]]]:
    """The keys and KVK-nummers of the klanten with this number, in batches.

    Only the last isn't full.

    No cursor is held open while the register or a lock is waited for.
    """
    states = NhrState.objects.filter(soort=number.soort, nummer=number.nummer)
    rows = states.order_by("klant").values_list("klant", "kvk_nummer")
    batch = list(rows[:BATCH])
    yield batch
    while len(batch) == BATCH:
        batch = list(rows.filter(klant__gt=batch[-1][0])[:BATCH])
        yield batch


def consult_number(number: NhrNummer) -> RegisterAnswer:
    """What the register says now. Raises a ``RemoteError``; see :func:`consult`."""
    sources = configured_sources()
    with stopping_on_refusal():
        try:
            return consult(sources, number)
        except PermanentRemoteError as error:
            # not again at the next look at what is due
            outcome = NhrOutcome.FOUT
            remarks = [{"veld": "", "reden": str(error)}]
            due_at = next_time(outcome)
            report(number, outcome=outcome, remarks=remarks, due_at=due_at)
            raise


def _with_kvk_nummer(number: NhrNummer, rows: list[tuple[int, str]]) -> NhrNummer:
    """Return the number with the KVK-nummer that a source told of it before."""
    told = (kvk_nummer for _pk, kvk_nummer in rows if kvk_nummer)
    return replace(number, kvk_nummer=next(told, ""))


@contextmanager
def stopping_on_refusal() -> Iterator[None]:
    """Ask within this: a refusal has everything stand still, an answer ends that."""
    require_running()
    try:
        yield
    except ConfigurationError as error:
        stop(error)
        raise
    resume()


# One look at the index on due_at, whatever the number of klanten; what is in the outbox
# already isn't put there again. All of it stays in the database.
QUEUE_DUE = """
    INSERT INTO klanten_plugin_outboxtask (
        kind, object_key, object_url, ordered, state, attempts,
        next_attempt_at, last_error, created_at
    )
    SELECT DISTINCT %(kind)s, due.object_key, '', false, 'waiting', 0,
        %(now)s, '', %(now)s
    FROM (
        SELECT stand.soort || ':' || stand.nummer AS object_key
        FROM klanten_plugin_nhrstand AS stand
        WHERE stand.due_at <= %(now)s
          AND NOT EXISTS (
              SELECT 1 FROM klanten_plugin_outboxtask AS task
              WHERE task.kind = %(kind)s
                AND task.object_key = stand.soort || ':' || stand.nummer
                AND task.state IN ('waiting', 'running')
          )
        ORDER BY stand.due_at
        LIMIT %(limit)s
    ) AS due
    ON CONFLICT DO NOTHING
"""


def queue_due() -> int:
    """Put the numbers that are due in the outbox, each once; how many.

    Twice does no harm. Nothing is queued where nothing could be asked.
    """
    if not NhrBron.objects.active().exists() or budget_is_spent():
        return 0
    parameters: dict[str, Any] = {
        "kind": OutboxKind.NHR_OVERNAME.value,
        "now": timezone.now(),
        "limit": settings.NHR_QUEUE_LIMIT,
    }
    with connection.cursor() as cursor:
        cursor.execute(QUEUE_DUE, parameters)
        queued: int = cursor.rowcount
    return queued


def numbers_of(states: QuerySet[NhrState]) -> Iterator[NhrNummer]:
    """The different numbers of klanten, in batches: using them may take hours."""
    pairs = states.exclude(due_at=None).values_list("nummer", "soort").distinct()
    further = Q()
    while batch := list(pairs.filter(further).order_by("nummer", "soort")[:BATCH]):
        for nummer, soort in batch:
            yield NhrNummer(NhrSoort(soort), nummer)
        further = Q(nummer__gt=nummer) | Q(nummer=nummer, soort__gt=soort)


def queue(numbers: Iterator[NhrNummer], tick: Callable[[], object]) -> int:
    """Have these numbers asked for as soon as there is a worker; how many."""
    count = 0
    with announced_together():
        for number in numbers:
            # also where it waits for its next try: the sooner of two moments counts
            add_row(OutboxKind.NHR_OVERNAME, number.key)
            count += 1
            tick()
    return count
