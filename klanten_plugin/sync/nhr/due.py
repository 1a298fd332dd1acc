"""Put the numbers that are due in the outbox, no more than may be asked for today."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils import timezone

from ...clients.nhr.budget import Lane, room, used_this_month
from ...conf import settings
from ...constants import OPEN_STATES, NhrTurn, OutboxKind
from ...domain.nhr.timing import interval_days
from ...models import NhrBron, NhrState, OutboxRow
from .gate import PAID

SMOOTHNESS = 1.5
"""What is refreshed on a day at most, in the mean of all days: so what came due during
an outage is spread over the days after it."""
SMALL = 100
"""So many are always refreshed on a day."""

# Along the index of what is due for one reason. The scalar subquery, and no NOT EXISTS:
# with a full outbox PostgreSQL made a join of that, which read all open rows for each
# number. LIMIT 1 keeps it one look at an index for each number.
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
    """Queue the numbers that are due, each once, signalled ones first; return how many.

    Idempotent. Nothing is queued where nothing could be asked.
    """
    bronnen = list(NhrBron.objects.active())
    if not bronnen:
        return 0
    open_rows = OutboxRow.objects.filter(
        kind=OutboxKind.NHR_VERVERSING, state__in=OPEN_STATES
    ).count()
    limit = _limit(bronnen) - open_rows
    queued = _queue(NhrTurn.SIGNALLED, limit)
    queued += _queue(NhrTurn.NEW, limit - queued)
    smooth = _smooth() - open_rows
    queued += _queue(NhrTurn.REFRESH, min(limit, smooth) - queued, partly=False)
    # after them, so that a source that is down puts off no other
    most = min(limit, smooth) if _all_paid(bronnen) else limit
    return queued + _queue(NhrTurn.REFRESH, most - queued, partly=True)


def _all_paid(bronnen: list[NhrBron]) -> bool:
    return all(bron.soort in PAID for bron in bronnen)


def _limit(bronnen: list[NhrBron]) -> int:
    """Numbers that may wait in the outbox."""
    if _all_paid(bronnen):
        return min(settings.NHR_QUEUE_LIMIT, room(Lane.REFRESH))
    return settings.NHR_QUEUE_LIMIT


def _smooth() -> int:
    """Numbers that may still be refreshed today so that no day stands out."""
    a_day = _known_numbers() / max(interval_days(), 1.0)
    return max(SMALL, int(a_day * SMOOTHNESS)) - used_this_month().dag_ververst


def _known_numbers() -> int:
    """About how many klanten are in the register, without counting them all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples FROM pg_class WHERE oid = %s::regclass",
            [NhrState._meta.db_table],
        )
        (estimate,) = cursor.fetchone()
    # never analysed, or so few that counting is cheap
    return (
        int(estimate)
        if estimate > settings.NHR_QUEUE_LIMIT
        else (NhrState.objects.filter(due_at__isnull=False).count())
    )


def _queue(turn: NhrTurn, limit: int, *, partly: bool | None = None) -> int:
    """Queue at most so many that are due for one reason, the longest first.

    ``partly`` chooses those of which a source failed the last time, or the others.
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
