"""Work off the outbox: claim a row, do it outside any transaction, settle it.

A worker that dies leaves a row whose lease runs out; then it is taken up again. So all
is done at least once, and each handler says why twice does no harm.
"""

from __future__ import annotations

import math
import random
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy, override

import structlog

from ...conf import host_language, settings
from ...constants import OutboxKind, OutboxState
from ...exceptions import (
    ConfigurationError,
    PermanentRemoteError,
    Postponed,
    RemoteError,
    TemporaryRemoteError,
)
from ...models import OutboxRow
from .claims import claim
from .leases import LeaseLost, holding
from .progress import Progress, unwatched
from .settling import finish, give_up, postpone, seconds_due

logger = structlog.stdlib.get_logger(__name__)

FAILURES_IN_A_ROW = 5
"""After so many the remote itself is down: the rest waits for the next run."""

UNEXPECTED = gettext_lazy("Onverwachte fout: {error}. Zie het logboek van de worker.")

MOST_ABANDONED = 5
"""A row that so many workers in succession left undone is given up."""

ABANDONED = gettext_lazy(
    "De worker is {count} keer achtereen gestopt tijdens deze taak. Zie het logboek van "
    "de workers en van het systeem."
)

TAKEN_OVER = gettext_lazy("Een andere worker heeft deze taak overgenomen.")

MOST_EXPONENT = 50
"""Beyond that any limit is reached, and numbers grow too large to count with."""

SHORTEST_WAIT = 1.0

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
        exponent = min(attempts - 1, MOST_EXPONENT)
        whole = min(self.factor * self.base**exponent, self.limit)
        return max(_random.uniform(whole / 2, whole), SHORTEST_WAIT)


def always_open() -> bool:
    """The gate of kinds that have none."""
    return True


@dataclass(frozen=True)
class Handler:
    """What a kind of row asks for: ``do`` it, and how to wait if that fails.

    While ``is_open`` says no, no row is taken: rows that wait for a budget or for a
    remote that is down lose no tries, and go as soon as the gate opens. ``threads`` is
    how many a worker process has at most for a backlog (:mod:`.threads`).
    """

    do: Callable[[OutboxRow], None]
    backoff: Callable[[], Backoff] = Backoff
    is_open: Callable[[], bool] = always_open
    threads: int = 1


class Ended(Enum):
    """Why a run came to its end."""

    EMPTY = "nothing is due any more"
    TIME = "its time is over"
    FAILING = "the remote is down, or isn't configured: going on is of no use"
    CLOSED = "nothing of this kind may be done now"


@dataclass
class Run:
    """What one run did: rows done, failed and given up, and how it ended.

    ``retry_after`` is what the remote asked for, in seconds, where it asked for a rest.
    """

    done: int = 0
    failed: int = 0
    given_up: int = 0
    ended: Ended = Ended.EMPTY
    retry_after: float = 0.0

    @property
    def count(self) -> int:
        """How many rows it had in hand."""
        return self.done + self.failed + self.given_up


class _Crash(TemporaryRemoteError):
    """A fault of our own, or an answer that nobody thought of: it says nothing of the
    remote, so it counts for this row alone.
    """


def work_off(
    kind: OutboxKind,
    handler: Handler,
    seconds: float = math.inf,
    progress: Progress = unwatched,
) -> Run:
    """Do what is due of one kind, for so many seconds at most, row by row.

    ``progress`` is told of each row.
    """
    run = Run()
    end = time.monotonic() + seconds
    failures = 0
    while time.monotonic() < end:
        if not handler.is_open():
            run.ended = Ended.CLOSED
            return run
        row = claim(kind)
        if row is None:
            return run
        # also where a command or a test has activated the language of its reader
        with override(host_language()):
            error = _attempt(row, handler)
        _count(run, row, error)
        progress(1)
        failures = _failures_in_a_row(failures, error)
        if _is_of_no_use(error) or failures >= FAILURES_IN_A_ROW:
            run.ended = Ended.FAILING
            run.retry_after = getattr(error, "retry_after", None) or 0.0
            return run
    # a remote that lets us wait fills the time of a run with a few failures
    run.ended = Ended.FAILING if failures and not run.done else Ended.TIME
    return run


def _failures_in_a_row(before: int, error: RemoteError | None) -> int:
    if isinstance(error, _Crash | Postponed):
        return before
    return before + 1 if isinstance(error, TemporaryRemoteError) else 0


def _is_of_no_use(error: RemoteError | None) -> bool:
    """Whether the next row would fail for the same reason."""
    if isinstance(error, TemporaryRemoteError):
        asks_for_rest = error.retry_after is not None
        return asks_for_rest and not isinstance(error, Postponed)
    return isinstance(error, ConfigurationError)


def _count(run: Run, row: OutboxRow, error: RemoteError | None) -> None:
    if error is None:
        run.done += 1
    elif row.state == OutboxState.GIVEN_UP:
        run.given_up += 1
    else:
        run.failed += 1


def _attempt(row: OutboxRow, handler: Handler) -> RemoteError | None:
    """Do one row and settle it; the error if it failed."""
    try:
        _require_survivors(row)
        with holding(row):
            handler.do(row)
    except LeaseLost:
        logger.warning("outbox_lease_lost", row=row.pk, kind=row.kind)
        return Postponed(TAKEN_OVER)
    except RemoteError as error:
        failure = error
    except Exception as error:  # noqa: BLE001 - a row is never to hold up the rest
        failure = _crash(row, error)
    else:
        is_ours = finish(row)
        logger.info("outbox_task_done", row=row.pk, kind=row.kind, ours=is_ours)
        return None
    _fail(row, failure, _backoff_of(handler))
    return failure


def _require_survivors(row: OutboxRow) -> None:
    """Raise :class:`PermanentRemoteError` for a row that kills its workers."""
    if row.abandoned >= MOST_ABANDONED:
        raise PermanentRemoteError(ABANDONED.format(count=row.abandoned))


def _backoff_of(handler: Handler) -> Backoff:
    try:
        return handler.backoff()
    except RemoteError:  # the numbers are in the configuration that is missing
        return Backoff()


def _crash(row: OutboxRow, error: Exception) -> _Crash:
    """Log where it happened, and neither the error's text nor any value of variables.

    Those can be personal data, and collectors of errors send them to third parties.
    """
    where = [
        f"{frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    name = type(error).__name__
    logger.error(
        "outbox_task_crashed", row=row.pk, kind=row.kind, error=name, where=where
    )
    return _Crash(UNEXPECTED.format(error=name))


def _fail(row: OutboxRow, error: RemoteError, backoff: Backoff) -> None:
    sentence = str(error)
    may_pass = isinstance(error, TemporaryRemoteError | ConfigurationError)
    if may_pass and not _is_spent(row, backoff):
        is_ours = postpone(row, sentence, _wait(row, error, backoff))
    else:
        is_ours = give_up(row, sentence)
    logger.warning(
        "outbox_task_failed",
        row=row.pk,
        kind=row.kind,
        attempts=row.attempts,
        state=row.state,
        error=sentence,
        ours=is_ours,
    )


def _wait(row: OutboxRow, error: RemoteError, backoff: Backoff) -> float:
    """Seconds until the next try: ours, or the remote's where it asks for more."""
    asked = getattr(error, "retry_after", None) or 0.0
    return max(backoff.seconds(row.attempts), min(asked, settings.OUTBOX_MAX_AGE))


def _is_spent(row: OutboxRow, backoff: Backoff) -> bool:
    return row.attempts > backoff.retries and seconds_due(row) > settings.OUTBOX_MAX_AGE


def due(kind: OutboxKind, most: int | None = None) -> int:
    """Count the rows of a kind that a worker could take now, up to ``most``."""
    waiting = Q(state=OutboxState.WAITING, behind=False, next_attempt_at__lte=Now())
    abandoned = Q(state=OutboxState.RUNNING, lease_until__lt=Now())
    rows = OutboxRow.objects.filter(waiting | abandoned, kind=kind)
    return rows.order_by()[:most].count()


def busy(kind: OutboxKind) -> int:
    """How many workers have a row of this kind in hand."""
    running = OutboxRow.objects.filter(kind=kind, state=OutboxState.RUNNING)
    return running.filter(lease_until__gte=Now()).count()
