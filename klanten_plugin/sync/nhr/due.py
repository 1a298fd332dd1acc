"""Queue the numbers that are due, within the limits for today."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils import timezone

from ...clients.nhr.budget import Lane, room, used_this_month
from ...constants import OPEN_STATES, NhrTurn, OutboxKind
from ...domain.nhr.timing import interval_days
from ...models import NhrBron, NhrState, OutboxRow
from .gate import PAID

QUEUE_LIMIT = 10_000
"""Maximum of waiting numbers in the outbox, to keep its table small."""
SMOOTHNESS = 1.5
"""Maximum number of refreshes per day, relative to the daily mean, so that the backlog
of an outage is spread over several days."""
SMALL = 100
"""Minimum for that daily maximum."""

# Uses the index on due states of one turn. A scalar subquery instead of NOT EXISTS:
# with a full outbox PostgreSQL turned that into a join that read all open rows for each
# number. LIMIT 1 keeps it a single index probe per number.
QUEUE_DUE = """
    INSERT INTO klanten_plugin_outboxtask (
        kind, object_key, object_url, ordered, state, attempts,
        next_attempt_at, last_error, created_at
    )
    SELECT DISTINCT %(kind)s, due.object_key, '', false, 'waiting', 0,
        %(now)s::timestamptz, '', %(now)s::timestamptz
    FROM (
        SELECT stand.soort || ':' || stand.nummer AS object_key
        FROM klanten_plugin_nhrstand AS stand
        WHERE stand.turn = %(turn)s AND stand.due_at <= %(now)s
          AND (stand.uitkomst = 'deels') IS DISTINCT FROM %(skipped)s
          AND (
              SELECT 1 FROM klanten_plugin_outboxtask AS task
              WHERE task.kind IN (%(first)s, %(kind)s)
                AND task.object_key = stand.soort || ':' || stand.nummer
                AND task.state IN ('waiting', 'running')
                AND (task.kind = %(kind)s OR task.next_attempt_at <= %(now)s)
              LIMIT 1
          ) IS NULL
        ORDER BY stand.due_at
        LIMIT %(limit)s
    ) AS due
    ON CONFLICT DO NOTHING
"""


def queue_due() -> int:
    """Queue due numbers, each once, signalled ones first; return their number.

    Idempotent. Nothing is queued while no source can be queried.
    """
    bronnen = list(NhrBron.objects.active())
    if not bronnen:
        return 0
    open_rows = OutboxRow.objects.filter(
        kind=OutboxKind.NHR_VERVERSING, state__in=OPEN_STATES
    ).count()
    limit = _limit(bronnen) - open_rows
    queued = queue_turn(NhrTurn.SIGNALLED, limit)
    queued += queue_turn(NhrTurn.NEW, limit - queued)
    smooth = _smooth() - open_rows
    queued += queue_turn(NhrTurn.REFRESH, min(limit, smooth) - queued, partly=False)
    # last, so that a source that is down doesn't delay others
    most = min(limit, smooth) if _all_paid(bronnen) else limit
    return queued + queue_turn(NhrTurn.REFRESH, most - queued, partly=True)


def _all_paid(bronnen: list[NhrBron]) -> bool:
    return all(bron.soort in PAID for bron in bronnen)


def _limit(bronnen: list[NhrBron]) -> int:
    """Return the maximum of waiting numbers in the outbox."""
    if _all_paid(bronnen):
        return min(QUEUE_LIMIT, room(Lane.REFRESH))
    return QUEUE_LIMIT


def _smooth() -> int:
    """Return how many numbers can still be refreshed today, to spread the load."""
    a_day = _known_numbers() / max(interval_days(), 1.0)
    return max(SMALL, int(a_day * SMOOTHNESS)) - used_this_month().dag_ververst


def _known_numbers() -> int:
    """Return the approximate number of klanten in the register."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples FROM pg_class WHERE oid = %s::regclass",
            [NhrState._meta.db_table],
        )
        (estimate,) = cursor.fetchone()
    if estimate > QUEUE_LIMIT:
        return int(estimate)
    # never analysed, or few enough to count
    return NhrState.objects.filter(due_at__isnull=False).count()


def queue_turn(turn: NhrTurn, limit: int, *, partly: bool | None = None) -> int:
    """Queue at most ``limit`` numbers of one turn, the longest overdue first.

    ``partly`` selects those for which a source failed last time (true), or the others
    (false).
    """
    if limit < 1:
        return 0
    parameters: dict[str, Any] = {
        "kind": OutboxKind.NHR_VERVERSING.value,
        "first": OutboxKind.NHR_OVERNAME.value,
        "turn": turn.value,
        "now": timezone.now(),
        "limit": limit,
        "skipped": None if partly is None else not partly,
    }
    with connection.cursor() as cursor:
        cursor.execute(QUEUE_DUE, parameters)
        queued: int = cursor.rowcount
    return queued
