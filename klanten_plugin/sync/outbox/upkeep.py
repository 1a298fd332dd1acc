"""Upkeep of the outbox: health, clean-up, and decisions of administrators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import (
    DEFAULT_DB_ALIAS,
    IntegrityError,
    OperationalError,
    connections,
    transaction,
)
from django.db.models import Count, Min, QuerySet, Value
from django.db.models.functions import Concat, Left, Now, Trim
from django.utils import timezone

from ...conf import settings
from ...constants import OPEN_STATES, OutboxKind, OutboxState
from ...domain.deadlocks import has_lost_race
from ...domain.outbox import outbox_filled
from ...models import OutboxRow
from ...models.outbox import ERROR_LENGTH
from .queueing import release_stranded

BATCH = 1000

# One statement, whatever the number of rows. They aren't locked beforehand, which would
# write each row twice and take too long for 200,000 rows. For unordered kinds at most
# one row per object may wait: the first one given up, if no other is waiting.
TRY_AGAIN = """
    WITH chosen AS MATERIALIZED (
        SELECT id, kind, object_key, ordered, state
        FROM klanten_plugin_outboxtask
        WHERE id IN ({chosen}) AND state IN ('waiting', 'given_up')
    ), numbered AS (
        SELECT chosen.*, row_number() OVER (
            PARTITION BY kind, object_key, state ORDER BY id
        ) AS place
        FROM chosen
    ), again AS (
        UPDATE klanten_plugin_outboxtask AS task
        SET state = 'waiting', attempts = 0, abandoned = 0, behind = false,
            next_attempt_at = statement_timestamp(), due_at = statement_timestamp(),
            settled_at = NULL
        FROM numbered
        WHERE task.id = numbered.id
          AND task.state = numbered.state
          AND (
              task.ordered
              OR task.state = 'waiting'
              OR numbered.place = 1 AND NOT EXISTS (
                  SELECT 1
                  FROM klanten_plugin_outboxtask AS other
                  WHERE other.kind = task.kind
                    AND other.object_key = task.object_key
                    AND other.state = 'waiting'
                    AND NOT other.ordered
              )
          )
        RETURNING task.kind
    ), before AS (
        UPDATE klanten_plugin_outboxtask AS task
        SET next_attempt_at = statement_timestamp()
        WHERE task.state = 'waiting'
          AND task.ordered
          AND task.next_attempt_at > statement_timestamp()
          AND (task.kind, task.object_key) IN (SELECT kind, object_key FROM chosen)
          AND task.id NOT IN (SELECT id FROM chosen)
    )
    SELECT kind, count(*) FROM again GROUP BY kind
"""

COLLISIONS = 5
"""Maximum number of retries of the statement after a conflict with a concurrent request
for the same object, or with another administrator."""


@dataclass(frozen=True)
class Health:
    """Figures for monitoring.

    ``oldest_seconds`` is the time since the oldest open row was due. Rows that are due
    in the future don't count.
    """

    waiting: int
    running: int
    given_up: int
    oldest_seconds: float


def health() -> Health:
    """Return the current figures."""
    # completed rows are excluded: there are far more of them, and an index covers these
    counts = dict(
        OutboxRow.objects.filter(state__in=(*OPEN_STATES, OutboxState.GIVEN_UP))
        .order_by()
        .values_list("state")
        .annotate(Count("pk"))
    )
    due = OutboxRow.objects.filter(state__in=OPEN_STATES, due_at__lte=Now())
    # both times are from the database
    oldest = due.order_by().aggregate(age=Now() - Min("due_at"))["age"]
    age = oldest.total_seconds() if oldest else 0.0
    return Health(
        waiting=counts.get(OutboxState.WAITING, 0),
        running=counts.get(OutboxState.RUNNING, 0),
        given_up=counts.get(OutboxState.GIVEN_UP, 0),
        oldest_seconds=round(age, 1),
    )


def remove_done() -> int:
    """Delete old completed rows, and return their number. Idempotent."""
    limit = timezone.now() - timedelta(days=settings.OUTBOX_KEEP_DAYS)
    done = OutboxRow.objects.filter(state=OutboxState.DONE, settled_at__lt=limit)
    removed = 0
    while pks := list(done.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        count, _by_model = OutboxRow.objects.filter(pk__in=pks).delete()
        removed += count
    return removed


def try_again(rows: QuerySet[OutboxRow]) -> int:
    """Retry waiting and given-up rows now, and return their number.

    Each gets the retries and the time of a new row. Earlier rows of the same object
    become due as well. For unordered kinds, a row is left alone if another one of its
    object is waiting.
    """
    try:
        chosen, parameters = rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0
    counts = _execute_again(TRY_AGAIN.format(chosen=chosen), parameters)
    for kind, count in counts:
        # skip kinds of older versions
        if kind in OutboxKind.values:
            outbox_filled.send(sender=OutboxRow, kind=OutboxKind(kind), count=count)
    return sum(count for _kind, count in counts)


def _execute_again(statement: str, parameters: Any) -> list[tuple[str, int]]:
    for collision in range(COLLISIONS):
        try:
            with (
                transaction.atomic(DEFAULT_DB_ALIAS),
                connections[DEFAULT_DB_ALIAS].cursor() as cursor,
            ):
                cursor.execute(statement, parameters)
                counts: list[tuple[str, int]] = cursor.fetchall()
                return counts
        except (IntegrityError, OperationalError) as error:
            lost = isinstance(error, IntegrityError) or has_lost_race(error)
            if not lost or collision == COLLISIONS - 1:
                raise
    return []


def give_up_rows(rows: QuerySet[OutboxRow], reason: str) -> int:
    """Give up waiting rows, and return their number.

    They are kept, with the reason before the error of their last attempt.
    """
    waiting = OutboxRow.objects.filter(
        pk__in=rows.order_by().values("pk"), state=OutboxState.WAITING
    )
    count = waiting.update(
        state=OutboxState.GIVEN_UP,
        behind=False,
        settled_at=Now(),
        last_error=Left(Trim(Concat(Value(f"{reason} "), "last_error")), ERROR_LENGTH),
    )
    # rows behind them can be claimed now
    release_stranded()
    return count
