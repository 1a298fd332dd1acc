"""Process the outbox: claim a row, run its handler outside any transaction, settle it.

If a worker dies, its row is claimed again after the lease has expired. Rows are
therefore processed at least once, and handlers must be idempotent.
"""

from __future__ import annotations

import math
import random
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import Enum

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy, override

import structlog

from ...conf import host_settings, settings
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
from .stopping import is_stopping

logger = structlog.stdlib.get_logger(__name__)

FAILURES_IN_A_ROW = 5
"""Number of failures after which the remote is considered down and the run ends."""

UNEXPECTED = gettext_lazy("Onverwachte fout: {error}. Zie het logboek van de worker.")

MOST_ABANDONED = 5
"""Number of workers in succession that died on a row before it is given up."""

ABANDONED = gettext_lazy(
    "De worker is {count} keer achtereen gestopt tijdens deze taak. Zie het logboek van "
    "de workers en van het systeem."
)

TAKEN_OVER = gettext_lazy("Een andere worker heeft deze taak overgenomen.")

MOST_EXPONENT = 50
"""Maximum exponent of the backoff, to prevent an overflow."""

SHORTEST_WAIT = 1.0

_random = random.SystemRandom()


@dataclass(frozen=True)
class Backoff:
    """Exponential backoff: ``factor * base ** n`` seconds, at most ``limit``.

    ``retries`` is the minimum number of retries, whatever the age of the row.
    """

    factor: float = 10.0
    base: float = 2.0
    limit: float = 3600.0
    retries: int = 5

    def seconds(self, attempts: int) -> float:
        """Return the seconds before the next attempt, with random jitter of up to half.

        The jitter spreads rows that failed together.
        """
        whole = self.longest(attempts)
        return max(_random.uniform(whole / 2, whole), SHORTEST_WAIT)

    def longest(self, attempts: int) -> float:
        """Return the maximum seconds before the next attempt."""
        exponent = min(attempts - 1, MOST_EXPONENT)
        return min(self.factor * self.base**exponent, self.limit)


def always_open() -> bool:
    """The gate of kinds without limits."""
    return True


@dataclass(frozen=True)
class Handler:
    """The handler of a kind: ``do`` processes a row.

    While ``is_open`` returns false, no rows are claimed. Rows that wait for a budget or
    an unavailable remote therefore keep their number of attempts, and continue when the
    gate opens. ``threads`` is the maximum number of threads per worker process for a
    backlog (:mod:`.threads`). ``context`` surrounds each row: the look at the gate, the
    claim, and ``do``.
    """

    do: Callable[[OutboxRow], None]
    backoff: Callable[[], Backoff] = Backoff
    is_open: Callable[[], bool] = always_open
    threads: int = 1
    context: Callable[[], AbstractContextManager[None]] = nullcontext


class Ended(Enum):
    """The reason why a run ended."""

    EMPTY = "nothing is due any more"
    TIME = "its time is over, or the worker stops"
    FAILING = "the remote is down, or isn't configured: going on is of no use"
    CLOSED = "nothing of this kind may be done now"


@dataclass
class Run:
    """The result of a run: numbers of rows done, failed and given up, and why it ended.

    ``retry_after`` is the remote's ``Retry-After`` in seconds, if any.
    """

    done: int = 0
    failed: int = 0
    given_up: int = 0
    ended: Ended = Ended.EMPTY
    retry_after: float = 0.0


class _Crash(TemporaryRemoteError):
    """A bug in the plugin or an unexpected response.

    It doesn't imply that the remote is down, so it only affects this row.
    """


def work_off(
    kind: OutboxKind,
    handler: Handler,
    seconds: float = math.inf,
    progress: Progress = unwatched,
) -> Run:
    """Process due rows of one kind one by one, for at most ``seconds``.

    ``progress`` is called for each row. A worker that must stop claims no more rows.
    """
    run = Run()
    end = time.monotonic() + seconds
    failures = 0
    while time.monotonic() < end and not is_stopping():
        with handler.context():
            if not handler.is_open():
                run.ended = Ended.CLOSED
                return run
            row = claim(kind)
            if row is None:
                return run
            # also if a command or test has activated another language
            with override(host_settings.LANGUAGE_CODE):
                error = _attempt(row, handler)
        _count(run, row, error)
        progress(1)
        failures = _failures_in_a_row(failures, error)
        if _is_of_no_use(error) or failures >= FAILURES_IN_A_ROW:
            run.ended = Ended.FAILING
            run.retry_after = getattr(error, "retry_after", None) or 0.0
            return run
    # with a slow remote, a few timeouts take the whole run
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
    """Process one row and settle it; return the error if it failed."""
    try:
        _require_survivors(row)
        with holding(row):
            handler.do(row)
    except LeaseLost:
        logger.warning("outbox_lease_lost", row=row.pk, kind=row.kind)
        return Postponed(TAKEN_OVER)
    except RemoteError as error:
        failure = error
    except Exception as error:  # noqa: BLE001 - a row must not block the others
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
    except RemoteError:  # the backoff is part of the missing configuration
        return Backoff()


def _crash(row: OutboxRow, error: Exception) -> _Crash:
    """Log where the exception occurred, without its message or values of variables.

    Those can be personal data, and error trackers send them to third parties.
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
    """Return the seconds until the next attempt, honouring a longer ``Retry-After``."""
    asked = getattr(error, "retry_after", None) or 0.0
    return max(backoff.seconds(row.attempts), min(asked, settings.OUTBOX_MAX_AGE))


def _is_spent(row: OutboxRow, backoff: Backoff) -> bool:
    return row.attempts > backoff.retries and seconds_due(row) > settings.OUTBOX_MAX_AGE


def due(kind: OutboxKind, most: int | None = None) -> int:
    """Count the rows of a kind that can be claimed now, up to ``most``."""
    waiting = Q(state=OutboxState.WAITING, behind=False, next_attempt_at__lte=Now())
    abandoned = Q(state=OutboxState.RUNNING, lease_until__lt=Now())
    rows = OutboxRow.objects.filter(waiting | abandoned, kind=kind)
    return rows.order_by()[:most].count()


def busy(kind: OutboxKind) -> int:
    """Return the number of running rows of this kind, which is that of busy workers."""
    running = OutboxRow.objects.filter(kind=kind, state=OutboxState.RUNNING)
    return running.filter(lease_until__gte=Now()).count()
