"""Work off the outbox: claim a row, do it outside any transaction, settle it.

A worker that dies leaves a row whose lease runs out; then it is taken up again. So all
is done at least once, and each handler says why twice does no harm.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone

import structlog

from ..conf import settings
from ..constants import OutboxKind, OutboxState
from ..exceptions import (
    ConfigurationError,
    Postponed,
    RemoteError,
    TemporaryRemoteError,
)
from ..models import OutboxTask
from ..models.outbox import ERROR_LENGTH

logger = structlog.stdlib.get_logger(__name__)

FAILURES_IN_A_ROW = 5
"""After so many the remote itself is down: the rest waits for the next run."""

UNEXPECTED = "Onverwachte fout: {error}. Zie het logboek van de worker."

_random = random.SystemRandom()


@dataclass(frozen=True)
class Backoff:
    """How long to wait between tries: ``factor * base ** n`` seconds, at most ``limit``.

    ``retries`` is how many there are at least, however old the row is.
    """

    factor: float = 10.0
    base: float = 2.0
    limit: float = 3600.0
    retries: int = 5

    def seconds(self, attempts: int) -> float:
        """Seconds before the next try, after so many: half of them by chance.

        So rows that failed together don't come back together.
        """
        exponent = min(attempts - 1, 50)  # beyond that any limit is reached
        whole = min(self.factor * self.base**exponent, self.limit)
        return _random.uniform(whole / 2, whole)


@dataclass(frozen=True)
class Handler:
    """What a kind of row asks for: ``do`` it, and how to wait if that fails."""

    do: Callable[[OutboxTask], None]
    backoff: Callable[[], Backoff] = Backoff


@dataclass
class Run:
    """What one run did: rows done, failed and given up, and whether it stopped early."""

    done: int = 0
    failed: int = 0
    given_up: int = 0
    stopped: bool = False


# One row of an object at a time; where order matters, the first one that is open.
CLAIM = """
    UPDATE klanten_plugin_outboxtask
    SET state = 'running', attempts = attempts + 1, lease_until = %(lease_until)s
    WHERE id = (
        SELECT task.id
        FROM klanten_plugin_outboxtask AS task
        WHERE {due}
          AND task.kind = %(kind)s
          AND NOT EXISTS (
              SELECT 1
              FROM klanten_plugin_outboxtask AS other
              WHERE other.kind = task.kind
                AND other.object_key = task.object_key
                AND other.id <> task.id
                AND other.state IN ('waiting', 'running')
                AND (other.state = 'running' OR task.ordered AND other.id < task.id)
          )
        ORDER BY {order}
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
    RETURNING *
"""
CLAIM_WAITING = CLAIM.format(
    due="task.state = 'waiting' AND task.next_attempt_at <= %(now)s",
    order="task.next_attempt_at, task.id",
)
CLAIM_ABANDONED = CLAIM.format(
    due="task.state = 'running' AND task.lease_until < %(now)s",
    order="task.lease_until",
)


def claim(kind: OutboxKind) -> OutboxTask | None:
    """Take the next row that is due, or that a worker left; ``None`` if there is none."""
    now = timezone.now()
    parameters = {
        "now": now,
        "kind": kind.value,
        "lease_until": now + timedelta(seconds=settings.OUTBOX_LEASE),
    }
    try:
        for statement in (CLAIM_WAITING, CLAIM_ABANDONED):
            for task in OutboxTask.objects.raw(statement, parameters):
                return task
    except IntegrityError:
        # another row of the object was taken in the same moment: the next look finds it
        logger.info("outbox_claim_collided", kind=kind)
    return None


def work_off(kind: OutboxKind, handler: Handler, seconds: float) -> Run:
    """Do what is due of one kind, for so many seconds at most, row by row."""
    run = Run()
    end = time.monotonic() + seconds
    failures = 0
    while time.monotonic() < end:
        task = claim(kind)
        if task is None:
            return run
        error = _attempt(task, handler)
        _count(run, task, error)
        if not isinstance(error, Postponed):
            failures = failures + 1 if isinstance(error, TemporaryRemoteError) else 0
        if isinstance(error, ConfigurationError) or failures >= FAILURES_IN_A_ROW:
            break
    run.stopped = True
    return run


def _count(run: Run, task: OutboxTask, error: RemoteError | None) -> None:
    if error is None:
        run.done += 1
    elif task.state == OutboxState.GIVEN_UP:
        run.given_up += 1
    else:
        run.failed += 1


def _attempt(task: OutboxTask, handler: Handler) -> RemoteError | None:
    """Do one row and settle it; the error if it failed."""
    try:
        handler.do(task)
    except RemoteError as error:
        failure = error
    except Exception as error:
        # a fault of our own, or a remote's answer that nobody thought of: the row is
        # tried again like any other, and never holds up the rest
        logger.exception("outbox_task_crashed", task=task.pk, kind=task.kind)
        failure = TemporaryRemoteError(UNEXPECTED.format(error=type(error).__name__))
    else:
        _settle(task, OutboxState.DONE, "")
        logger.info("outbox_task_done", task=task.pk, kind=task.kind)
        return None
    _fail(task, failure, handler.backoff())
    return failure


def _fail(task: OutboxTask, error: RemoteError, backoff: Backoff) -> None:
    sentence = str(error)[:ERROR_LENGTH]
    may_pass = isinstance(error, TemporaryRemoteError | ConfigurationError)
    if may_pass and not _is_spent(task, backoff):
        wait = backoff.seconds(task.attempts)
        if isinstance(error, TemporaryRemoteError) and error.retry_after is not None:
            wait = max(wait, min(error.retry_after, settings.OUTBOX_MAX_AGE))
        _postpone(task, sentence, wait)
    else:
        _settle(task, OutboxState.GIVEN_UP, sentence)
    logger.warning(
        "outbox_task_failed",
        task=task.pk,
        kind=task.kind,
        attempts=task.attempts,
        state=task.state,
        error=sentence,
    )


def _is_spent(task: OutboxTask, backoff: Backoff) -> bool:
    age = (timezone.now() - task.created_at).total_seconds()
    return age > settings.OUTBOX_MAX_AGE and task.attempts > backoff.retries


def _ours(task: OutboxTask) -> Q:
    """The row, if it wasn't taken over from us in the meantime."""
    return Q(pk=task.pk, state=OutboxState.RUNNING, attempts=task.attempts)


def _settle(task: OutboxTask, state: OutboxState, error: str) -> None:
    task.state = state
    OutboxTask.objects.filter(_ours(task)).update(
        state=state, last_error=error, lease_until=None, settled_at=timezone.now()
    )


def _postpone(task: OutboxTask, error: str, seconds: float) -> None:
    """Try again in so many seconds, and let what waits behind it wait as long."""
    task.state = OutboxState.WAITING
    moment = timezone.now() + timedelta(seconds=seconds)
    with transaction.atomic():
        again = OutboxTask.objects.filter(
            kind=task.kind, object_key=task.object_key, state=OutboxState.WAITING
        )
        if task.ordered:
            # else each claim would pass over all of them to find one that may go
            again.update(next_attempt_at=Greatest(F("next_attempt_at"), moment))
        elif again.exists():
            # asked for anew in the meantime: that row will do
            _settle(task, OutboxState.DONE, error)
            return
        OutboxTask.objects.filter(_ours(task)).update(
            state=OutboxState.WAITING,
            last_error=error,
            lease_until=None,
            next_attempt_at=moment,
        )


def due_kinds() -> dict[OutboxKind, int]:
    """How many rows of each kind a worker could take now."""
    now = timezone.now()
    waiting = Q(state=OutboxState.WAITING, next_attempt_at__lte=now)
    abandoned = Q(state=OutboxState.RUNNING, lease_until__lt=now)
    counts = {
        kind: OutboxTask.objects.filter(waiting | abandoned, kind=kind).count()
        for kind in OutboxKind
    }
    return {kind: count for kind, count in counts.items() if count}
