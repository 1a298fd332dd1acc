"""Work of the workers in the simulated year: row by row, or the same in batches.

Row by row uses only the code of the plugin. In batches the rules are also the plugin's:
the rows of the outbox and their order, gates, budget, sources, pauses, stored answers,
and the time of the next request. But one statement claims and settles many rows, the
limiter per second is queried once per batch, the month is counted in memory and saved
once per batch, and the klant itself isn't written, because no time depends on it.
`tests/sync/nhr/test_year.py` compares the two.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from django.db import connection
from django.utils import timezone

from klanten_plugin.clients.nhr import budget, limiter
from klanten_plugin.clients.nhr.budget import Lane, spending_as
from klanten_plugin.clients.nhr.protocol import Source
from klanten_plugin.constants import NhrOutcome, NhrSoort, OutboxKind
from klanten_plugin.domain.nhr.takeover import RegisterAnswer, note_answer
from klanten_plugin.domain.outbox import add_row
from klanten_plugin.models import NhrState, NhrVerbruik
from klanten_plugin.models.nhr import NhrNummer
from klanten_plugin.sync.handlers import HANDLERS
from klanten_plugin.sync.nhr.consult import consult
from klanten_plugin.sync.nhr.gate import guarded_sources
from klanten_plugin.sync.nhr.refresh import known_of
from klanten_plugin.sync.outbox.run import work_off

LANES = {
    OutboxKind.NHR_OVERNAME: Lane.FIRST,
    OutboxKind.NHR_VERVERSING: Lane.REFRESH,
}
POLLED = (OutboxKind.NHR_SIGNALEN, *LANES)
"""Kinds that beat has the workers process."""
BATCH = 500

CLAIM = """
    WITH due AS (
        SELECT id FROM klanten_plugin_outboxtask
        WHERE kind = %(kind)s AND state = 'waiting' AND NOT behind
          AND next_attempt_at <= statement_timestamp()
        ORDER BY next_attempt_at, id
        LIMIT %(limit)s
    ), taken AS (
        UPDATE klanten_plugin_outboxtask AS task
        SET state = 'done', attempts = attempts + 1, settled_at = statement_timestamp()
        FROM due WHERE task.id = due.id
        RETURNING task.id, task.next_attempt_at, task.object_key
    )
    SELECT object_key FROM taken ORDER BY next_attempt_at, id
"""
SAVE = """
    UPDATE klanten_plugin_nhrstand AS stand
    SET uitkomst = new.outcome, opmerkingen = new.remarks, answers = new.answers,
        kvk_nummer = new.kvk_nummer, turn = new.turn, checked_at = new.checked_at,
        due_at = new.due_at
    FROM unnest(
        %s::bigint[], %s::text[], %s::jsonb[], %s::jsonb[], %s::text[], %s::int[],
        %s::timestamptz[], %s::timestamptz[]
    ) AS new (id, outcome, remarks, answers, kvk_nummer, turn, checked_at, due_at)
    WHERE stand.id = new.id
"""


def work(*kinds: OutboxKind, in_batches: bool) -> None:
    """Process all of these kinds that can be processed now."""
    for kind in kinds:
        if not in_batches:
            _one_by_one(kind)
        elif kind in LANES:
            _in_batches(kind, LANES[kind])
        else:
            with _counted_in_memory():
                _one_by_one(kind)


def _one_by_one(kind: OutboxKind) -> None:
    work_off(kind, HANDLERS[kind])


def _in_batches(kind: OutboxKind, lane: Lane) -> None:
    while HANDLERS[kind].is_open():
        # no more than the budget allows: rows of a closed kind aren't claimed
        limit = max(0, min(BATCH, budget.room(lane)))
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, {"kind": kind.value, "limit": limit})
            keys = [key for (key,) in cursor.fetchall()]
        if not keys:
            return
        with spending_as(lane), _counted_in_memory():
            _do(keys, lane)
        if len(keys) < limit:
            return


@contextmanager
def _counted_in_memory() -> Iterator[None]:
    limiter.wait_for_turn()
    used, _made = NhrVerbruik.objects.get_or_create(maand=budget.this_month())
    used.begin_day(budget.this_day())

    def acquire(*, paid: bool) -> None:
        budget.count_in(used, paid=paid)

    with mock.patch("klanten_plugin.clients.nhr.kvk_http.acquire", acquire):
        yield
    used.save()


def _do(keys: list[str], lane: Lane) -> None:
    numbers = [NhrNummer.from_key(key) for key in keys]
    found = NhrState.objects.filter(
        soort=NhrSoort.VESTIGING, nummer__in=[number.nummer for number in numbers]
    )
    by_number = {state.nummer: state for state in found}
    batch = _Batch(guarded_sources(), [])
    for number in numbers:
        state = by_number[number.nummer]
        if lane is Lane.FIRST or (state.due_at and state.due_at <= timezone.now()):
            batch.ask(number, state, lane)
    batch.save()


@dataclass
class _Batch:
    sources: list[Source]
    states: list[NhrState]

    def __post_init__(self) -> None:
        self._believe()

    def _believe(self) -> None:
        """Don't re-read each source before each request, as nobody else changes it."""
        for source in self.sources:
            source.bron.refresh_from_db = lambda: None  # type: ignore[attr-defined]

    def ask(self, number: NhrNummer, state: NhrState, lane: Lane) -> None:
        register = consult(self.sources, *known_of(number, [state], forced=False))
        if register.error is not None or not note_answer(state, register):
            raise AssertionError("KVK always answers here") from register.error
        self.states.append(state)
        if register.outcome == NhrOutcome.DEELS:
            self._after_failure(number, register, lane)

    def _after_failure(
        self, number: NhrNummer, register: RegisterAnswer, lane: Lane
    ) -> None:
        self.sources = guarded_sources()
        self._believe()
        if lane is Lane.FIRST:
            delay = (register.due_at - timezone.now()).total_seconds()
            add_row(OutboxKind.NHR_OVERNAME, number.key, delay=max(delay, 1.0))

    def save(self) -> None:
        rows: list[tuple[Any, ...]] = [
            (
                *(one.pk, one.outcome, json.dumps(one.remarks)),
                *(json.dumps(one.answers), one.kvk_nummer, int(one.turn)),
                *(one.checked_at, one.due_at),
            )
            for one in self.states
        ]
        if rows:
            with connection.cursor() as cursor:
                cursor.execute(SAVE, [list(part) for part in zip(*rows, strict=True)])
