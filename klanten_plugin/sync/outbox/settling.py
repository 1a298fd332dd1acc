"""Settle a claimed row of the outbox: done, to be retried, or given up.

Each function returns whether the worker still had the lease. If the lease was lost,
nothing is changed.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import DEFAULT_DB_ALIAS, IntegrityError
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest, Now

from ...constants import OutboxState
from ...models import OutboxRow
from ...models.outbox import ERROR_LENGTH
from .queueing import release_first
from .transactions import execute_alone, own_transaction

# as SQL text: compiling the queryset takes longer than executing it
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
    """Settle the row as done."""
    return _end(row, OutboxState.DONE, "")


def give_up(row: OutboxRow, reason: str) -> bool:
    """Settle the row as given up, until an administrator decides."""
    return _end(row, OutboxState.GIVEN_UP, reason)


def postpone(row: OutboxRow, reason: str, seconds: float) -> bool:
    """Retry the row in ``seconds``. Rows behind it wait as long."""
    moment = Now() + timedelta(seconds=seconds)
    try:
        with own_transaction():
            is_ours = _taken(row).update(
                state=OutboxState.WAITING,
                last_error=reason[:ERROR_LENGTH],
                lease_until=None,
                # the worker survived
                abandoned=0,
                next_attempt_at=moment,
            )
    except IntegrityError:
        # an unordered row was queued again meanwhile: that one replaces this row, but
        # isn't processed earlier than this one would have been
        is_ours = _end(row, OutboxState.DONE, reason)
        if is_ours:
            _waiting(row).update(next_attempt_at=Greatest(F("next_attempt_at"), moment))
            row.state = OutboxState.WAITING
        return is_ours
    if is_ours:
        row.state = OutboxState.WAITING
        release_first(row.kind, row.object_key)
    return bool(is_ours)


def seconds_due(row: OutboxRow) -> float:
    """Return the seconds since the row was due, by the clock of the database.

    Return 0 for a row that was deleted in the meantime.
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
        release_first(row.kind, row.object_key)
    return is_ours


def _taken(row: OutboxRow) -> QuerySet[OutboxRow]:
    """Return the row as a queryset, empty if the lease was lost.

    ``lease_until`` identifies the claim, also after an administrator reset the
    attempts.
    """
    return OutboxRow.objects.using(DEFAULT_DB_ALIAS).filter(
        pk=row.pk, state=OutboxState.RUNNING, lease_until=row.lease_until
    )


def _waiting(row: OutboxRow) -> QuerySet[OutboxRow]:
    return OutboxRow.objects.using(DEFAULT_DB_ALIAS).filter(
        kind=row.kind, object_key=row.object_key, state=OutboxState.WAITING
    )
