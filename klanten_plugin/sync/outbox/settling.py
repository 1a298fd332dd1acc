"""Settle a row of the outbox that was taken: done, again at a time, or given up.

Each tells whether the row was still ours. A worker that was slower than its lease has
lost it to another, and what it has to say then changes nothing.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import DEFAULT_DB_ALIAS, IntegrityError
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest, Now

from ...constants import OutboxState
from ...models import OutboxRow
from ...models.outbox import ERROR_LENGTH
from .queueing import release_next
from .transactions import execute_alone, own_transaction

# as text: making it of a queryset takes longer than executing it, for each row
END = """
    UPDATE klanten_plugin_outboxtask
    SET state = %(state)s, last_error = %(reason)s, lease_until = NULL,
        settled_at = statement_timestamp()
    WHERE id = %(id)s AND state = 'running' AND lease_until = %(lease_until)s
    RETURNING id
"""

AGE = """
    SELECT extract(epoch FROM clock_timestamp() - due_at)
    FROM klanten_plugin_outboxtask
    WHERE id = %(id)s
"""


def finish(row: OutboxRow) -> bool:
    """It is done."""
    return _end(row, OutboxState.DONE, "")


def give_up(row: OutboxRow, reason: str) -> bool:
    """It stays undone, and waits for a person."""
    return _end(row, OutboxState.GIVEN_UP, reason)


def postpone(row: OutboxRow, reason: str, seconds: float) -> bool:
    """Try again in so many seconds; what is behind it waits as long."""
    moment = Now() + timedelta(seconds=seconds)
    try:
        with own_transaction():
            is_ours = _taken(row).update(
                state=OutboxState.WAITING,
                last_error=reason[:ERROR_LENGTH],
                lease_until=None,
                # the worker lived to tell
                abandoned=0,
                next_attempt_at=moment,
            )
    except IntegrityError:
        # asked for anew in the meantime, and its order doesn't matter: that row will do,
        # but not sooner than this one would have been tried
        is_ours = _end(row, OutboxState.DONE, reason)
        if is_ours:
            _waiting(row).update(next_attempt_at=Greatest(F("next_attempt_at"), moment))
            row.state = OutboxState.WAITING
        return is_ours
    if is_ours:
        row.state = OutboxState.WAITING
        release_next(row)
    return bool(is_ours)


def seconds_due(row: OutboxRow) -> float:
    """Seconds since the row was due, by the clock of the database alone.

    0 for a row that was removed in the meantime.
    """
    found = execute_alone(AGE, {"id": row.pk})
    return float(found[0][0]) if found else 0.0


def _end(row: OutboxRow, state: OutboxState, reason: str) -> bool:
    values = {
        "id": row.pk,
        "lease_until": row.lease_until,
        "state": state.value,
        "reason": reason[:ERROR_LENGTH],
    }
    is_ours = bool(execute_alone(END, values))
    if is_ours:
        row.state = state
        release_next(row)
    return is_ours


def _taken(row: OutboxRow) -> QuerySet[OutboxRow]:
    """The row, if it wasn't taken over from us in the meantime.

    The lease tells: each has its own, also after a person set the attempts to zero.
    """
    return OutboxRow.objects.using(DEFAULT_DB_ALIAS).filter(
        pk=row.pk, state=OutboxState.RUNNING, lease_until=row.lease_until
    )


def _waiting(row: OutboxRow) -> QuerySet[OutboxRow]:
    return OutboxRow.objects.using(DEFAULT_DB_ALIAS).filter(
        kind=row.kind, object_key=row.object_key, state=OutboxState.WAITING
    )
