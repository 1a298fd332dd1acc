"""Keep the contact data of klanten as the register has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from django.db.models import Q, QuerySet
from django.db.models.functions import Least
from django.utils import timezone

import structlog

from ...clients.nhr.answers import Known, kept_answers, read_kept
from ...clients.nhr.budget import Lane, spending_as
from ...constants import NhrOutcome, NhrSoort, NhrTurn, OutboxKind
from ...domain.nhr.takeover import Difference, RegisterAnswer, differences, take_over
from ...domain.nhr.timing import second_time_in_bulk
from ...domain.outbox import add_row, announced_together
from ...models import Klant, NhrState, OutboxRow
from ...models.groups import group_paths
from ...models.nhr import NhrNummer
from ..outbox.run import Backoff
from .consult import consult
from .gate import guarded_sources

logger = structlog.stdlib.get_logger(__name__)

BATCH = 500


def ask_first(row: OutboxRow) -> None:
    """Ask for what a consumer or an administrator wants to know, and take it over.

    Idempotent: what was answered a moment ago isn't asked and paid for again.
    """
    number = NhrNummer.from_key(row.object_key)
    outcome = _ask(number, forced=False)
    if outcome.again_at is not None:
        # not left to the refresh of what is known, which has to wait for its turn
        delay = (outcome.again_at - timezone.now()).total_seconds()
        add_row(OutboxKind.NHR_OVERNAME, number.key, delay=max(delay, 1.0))


def refresh_due(row: OutboxRow) -> None:
    """Ask again for a number that is due, and take over what is said of it.

    Idempotent: a number that was asked for meanwhile isn't due any more.
    """
    number = NhrNummer.from_key(row.object_key)
    due = NhrState.objects.of(number).filter(due_at__lte=timezone.now())
    turns = dict(due.values_list("pk", "turn"))
    if not turns:
        return
    with spending_as(Lane.REFRESH):
        _ask(number, forced=False)
    imported = [pk for pk, turn in turns.items() if turn == NhrTurn.NEW]
    if imported:
        asked = NhrState.objects.filter(pk__in=imported, outcome=NhrOutcome.ACTUEEL)
        asked.update(due_at=Least("due_at", second_time_in_bulk()))


def nhr_backoff() -> Backoff:
    """Longer than others: a register that is being worked on takes its time."""
    return Backoff(factor=60.0, base=2.0, limit=6 * 3600.0, retries=8)


@dataclass(frozen=True)
class Refreshed:
    """How many klanten a refresh changed, and when a source is asked that failed."""

    changed: int = 0
    again_at: datetime | None = None


def refresh(number: NhrNummer) -> int:
    """Ask for one number now, and take it over in all klanten that have it.

    Returns how many that changed. Raises a ``RemoteError`` where no source answered.
    """
    return _ask(number, forced=True).changed


def _ask(number: NhrNummer, *, forced: bool) -> Refreshed:
    """Ask for one number, once, and take it over in all klanten that have it.

    Unless ``forced``, sources whose answer is still fresh aren't asked. Raises a
    ``RemoteError`` where none answered; what each said is kept all the same.
    """
    batches = _klanten_with(number)
    first = next(batches)
    if not first:
        return Refreshed()  # deleted, or renumbered: don't pay for nobody
    register = consult_number(number, forced=forced)
    # a klant that gets this number meanwhile has a row of its own in the outbox
    changed = sum(
        take_over(pk, number, register)
        for batch in chain([first], batches)
        for pk, _kvk_nummer in batch
    )
    logger.info("nhr_refreshed", number=number.key, changed=changed)
    if register.error is not None:
        raise register.error
    failed = register.outcome == NhrOutcome.DEELS
    return Refreshed(changed, register.due_at if failed else None)


def preview(number: NhrNummer) -> Iterator[tuple[Klant, list[Difference]]]:
    """What a refresh would change, per klant; nothing is written."""
    batches = _klanten_with(number)
    first = next(batches)
    if not first:
        return
    register = consult_number(number)
    if register.error is not None:
        raise register.error
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


def consult_number(number: NhrNummer, *, forced: bool = True) -> RegisterAnswer:
    """Ask all sources for a number; see :func:`consult`."""
    states = list(NhrState.objects.of(number)[:BATCH])
    return consult(guarded_sources(), *known_of(number, states, forced=forced))


def known_of(
    number: NhrNummer, states: list[NhrState], *, forced: bool
) -> tuple[NhrNummer, Known]:
    """The number with its KVK-nummer, and what sources needn't be asked again.

    ``states`` are those of the klanten with the number.
    """
    now = timezone.now()
    stored = [state.answers for state in states]
    known = kept_answers(stored, now, forced=forced or _wanted_anew(states, now))
    kvk_nummers = [state.kvk_nummer for state in states if state.kvk_nummer]
    if kvk_nummers:
        number = replace(number, kvk_nummer=kvk_nummers[0])
    return number, known


def _wanted_anew(states: list[NhrState], now: datetime) -> bool:
    """Whether a klant is due although no source is: a signal, or an administrator."""
    for state in states:
        moments = [one.again_at for one in read_kept(state.answers).values()]
        is_due = state.due_at is not None and state.due_at <= now
        if is_due and not any(one <= now for one in moments):
            return True
    return False


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
            NhrState.objects.of(number).update(due_at=timezone.now())
            # also where it waits for its next try: the sooner of two moments counts
            add_row(OutboxKind.NHR_OVERNAME, number.key)
            count += 1
            tick()
    return count
