"""Refresh the contact data of klanten from the register."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connections, router
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
from ...domain.rows import columns_of, from_row
from ...models import Klant, NhrState, OutboxRow
from ...models.groups import group_paths
from ...models.nhr import NhrNummer
from ..outbox.run import Backoff
from .consult import consult
from .gate import guarded_sources

logger = structlog.stdlib.get_logger(__name__)

BATCH = 500

# as SQL text, because compiling the queryset takes longer than executing it
FIRST_STATES = f"""
    SELECT {columns_of(NhrState, "state")}
    FROM {NhrState._meta.db_table} AS state
    WHERE soort = %s AND nummer = %s
    ORDER BY klant_id
    LIMIT %s
"""  # noqa: S608 - of names


def ask_first(row: OutboxRow) -> None:
    """Look up a number for a consumer or an administrator, and take over the answer.

    Idempotent: a fresh answer is reused instead of paying for another request.
    """
    number = NhrNummer.from_key(row.object_key)
    outcome = _ask(number, forced=False)
    if outcome.again_at is not None:
        # not left to the refresh, which has a lower priority
        delay = (outcome.again_at - timezone.now()).total_seconds()
        add_row(OutboxKind.NHR_OVERNAME, number.key, delay=max(delay, 1.0))


def refresh_due(row: OutboxRow) -> None:
    """Refresh a number that is due, and take over the answer.

    Idempotent: a number that was looked up meanwhile isn't due any more.
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
    """Return a long backoff, because maintenance of a register takes long."""
    return Backoff(factor=60.0, base=2.0, limit=6 * 3600.0, retries=8)


@dataclass(frozen=True)
class Refreshed:
    """The number of changed klanten, and the time to retry a failed source."""

    changed: int = 0
    again_at: datetime | None = None


def refresh(number: NhrNummer) -> int:
    """Look up a number now, and take over the answer in all klanten with it.

    Return the number of changed klanten. Raises a ``RemoteError`` if no source
    responded.
    """
    return _ask(number, forced=True).changed


def _ask(number: NhrNummer, *, forced: bool) -> Refreshed:
    """Look up a number once, and take over the answer in all klanten with it.

    Unless ``forced``, sources with a fresh answer aren't queried. Raises a
    ``RemoteError`` if none responded; partial answers are stored regardless.
    """
    states = _first_states(number)
    if not states:
        return Refreshed()  # deleted or renumbered: avoid a paid request
    register = _consult(number, states, forced=forced)
    # a klant that gets this number meanwhile has its own row in the outbox
    changed = sum(
        take_over(pk, number, register)
        for batch in _klanten_with(number, states)
        for pk in batch
    )
    logger.info("nhr_refreshed", number=number.key, changed=changed)
    if register.error is not None:
        raise register.error
    failed = register.outcome == NhrOutcome.DEELS
    return Refreshed(changed, register.due_at if failed else None)


def preview(number: NhrNummer) -> Iterator[tuple[Klant, list[Difference]]]:
    """Yield the changes that a refresh would make, without saving them."""
    states = _first_states(number)
    if not states:
        return
    register = _consult(number, states, forced=True)
    if register.error is not None:
        raise register.error
    klanten = Klant.objects.select_related("nhr_state", *group_paths(Klant))
    for pks in _klanten_with(number, states):
        for klant in klanten.filter(pk__in=pks).order_by("pk"):
            yield klant, differences(klant, klant.nhr_state, register)


def _first_states(number: NhrNummer) -> list[NhrState]:
    """Return the states of the first batch of klanten with this number."""
    using = router.db_for_read(NhrState)
    with connections[using].cursor() as cursor:
        cursor.execute(FIRST_STATES, [number.soort.value, number.nummer, BATCH])
        return [from_row(NhrState, row, using) for row in cursor.fetchall()]


def _klanten_with(number: NhrNummer, first: list[NhrState]) -> Iterator[list[int]]:
    """Yield the keys of the klanten with this number in batches, of which the first.

    All batches except the last are full. No cursor is kept open during remote calls or
    while waiting for locks.
    """
    rows = NhrState.objects.of(number).order_by("klant_id")
    batch = [state.klant_id for state in first]
    yield batch
    while len(batch) == BATCH:
        further = rows.filter(klant_id__gt=batch[-1])
        batch = list(further.values_list("klant_id", flat=True)[:BATCH])
        yield batch


def _consult(
    number: NhrNummer, states: list[NhrState], *, forced: bool
) -> RegisterAnswer:
    """Query all sources for a number; see :func:`consult` and :func:`known_of`."""
    return consult(guarded_sources(), *known_of(number, states, forced=forced))


def known_of(
    number: NhrNummer, states: list[NhrState], *, forced: bool
) -> tuple[NhrNummer, Known]:
    """Return the number with its KVK-nummer, and the stored answers that are fresh.

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
    """Whether a klant is due although no source is, by a signal or an administrator."""
    for state in states:
        moments = [one.again_at for one in read_kept(state.answers).values()]
        is_due = state.due_at is not None and state.due_at <= now
        if is_due and not any(one <= now for one in moments):
            return True
    return False


def numbers_of(states: QuerySet[NhrState]) -> Iterator[NhrNummer]:
    """Yield the distinct numbers, read in batches because processing can take hours."""
    pairs = states.exclude(due_at=None).values_list("nummer", "soort").distinct()
    further = Q()
    while batch := list(pairs.filter(further).order_by("nummer", "soort")[:BATCH]):
        for nummer, soort in batch:
            yield NhrNummer(NhrSoort(soort), nummer)
        further = Q(nummer__gt=nummer) | Q(nummer=nummer, soort__gt=soort)


def queue(numbers: Iterator[NhrNummer], tick: Callable[[], object]) -> int:
    """Queue immediate look-ups of these numbers, and return how many."""
    count = 0
    with announced_together():
        for number in numbers:
            NhrState.objects.of(number).update(due_at=timezone.now())
            # also moves up a row that waits for a retry: the earlier time applies
            add_row(OutboxKind.NHR_OVERNAME, number.key)
            count += 1
            tick()
    return count
