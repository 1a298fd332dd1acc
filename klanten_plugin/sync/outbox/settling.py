"""Settle a row of the outbox that was taken: done, again at a time, or given up.

Each tells whether the row was still ours. A worker that was slower than its lease has
lost it to another, and what it has to say then changes nothing.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest, Now

from ...constants import OutboxState
from ...models import OutboxRow
from ...models.outbox import ERROR_LENGTH


def finish(row: OutboxRow) -> bool:
    """It is done."""
    return _end(row, OutboxState.DONE, "")


def give_up(row: OutboxRow, reason: str) -> bool:
    """It stays undone, and waits for a person."""
    return _end(row, OutboxState.GIVEN_UP, reason)


def postpone(row: OutboxRow, reason: str, seconds: float) -> bool:
    """Try again in so many seconds, and let what waits behind it wait as long."""
    moment = Now() + timedelta(seconds=seconds)
    try:
        with transaction.atomic():
            is_ours = _taken(row).update(
                state=OutboxState.WAITING,
                last_error=reason[:ERROR_LENGTH],
                lease_until=None,
                next_attempt_at=moment,
            )
    except IntegrityError:
        # asked for anew in the meantime, and its order doesn't matter: that row will do
        is_ours = _end(row, OutboxState.DONE, reason)
    if is_ours:
        row.state = OutboxState.WAITING
        # else each claim would pass over all of them to find one that may go
        _waiting(row).update(next_attempt_at=Greatest(F("next_attempt_at"), moment))
    return bool(is_ours)


def _end(row: OutboxRow, state: OutboxState, reason: str) -> bool:
    is_ours = _taken(row).update(
        state=state,
        last_error=reason[:ERROR_LENGTH],
        lease_until=None,
        settled_at=Now(),
    )
    if is_ours:
        row.state = state
    return bool(is_ours)


def _taken(row: OutboxRow) -> QuerySet[OutboxRow]:
    """The row, if it wasn't taken over from us in the meantime.

    The lease tells: each has its own, also after a person set the attempts to zero.
    """
    return OutboxRow.objects.filter(
        pk=row.pk, state=OutboxState.RUNNING, lease_until=row.lease_until
    )


def _waiting(row: OutboxRow) -> QuerySet[OutboxRow]:
    return OutboxRow.objects.filter(
        kind=row.kind, object_key=row.object_key, state=OutboxState.WAITING
    )
