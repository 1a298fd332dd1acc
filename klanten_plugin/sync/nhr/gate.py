"""A circuit breaker per source: stop it on refusals, pause it on repeated failures.

A refusal (401, 403) concerns all klanten: no worker queries that source until an
administrator saves the configuration, or an hour has passed, after which one worker
tries. A source that fails five times in a row, over all workers, is paused for a
minute, doubling up to an hour. A ``Retry-After`` pauses it at once. The state is stored
with the source (``NhrBron``), so it applies to all workers, and to this source only.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

import structlog

from ...clients.nhr.budget import Lane, room
from ...clients.nhr.protocol import Answer, Probed, Source
from ...clients.nhr.sources import make_source
from ...constants import CONTACT_FIELDS, NhrSoort
from ...exceptions import (
    ConfigurationError,
    NotNow,
    PermanentRemoteError,
    Postponed,
    TemporaryRemoteError,
)
from ...models import NhrBron
from ...models.nhr import REASON_LENGTH, NhrNummer
from .active import are_fresh, nhr_bronnen

logger = structlog.stdlib.get_logger(__name__)

STOP = timedelta(hours=1)
FAILURES_IN_A_ROW = 5
"""Number of failures after which the source is considered down."""
FIRST_PAUSE_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 3600.0
LONGEST_RETRY_AFTER = 24 * 3600.0
MOST_DOUBLINGS = 20


PAID = frozenset({NhrBron.Soort.KVK, NhrBron.Soort.DATASERVICE})
"""Kinds of sources whose requests count towards the budget."""


class GuardedSource:
    """A source behind its circuit breaker, whose state it updates."""

    def __init__(self, bron: NhrBron) -> None:
        self.bron = bron
        self.source = _make(bron)
        self.name = self.source.name
        self.soorten = self.source.soorten
        self.fields = self.source.fields
        self.tells_shielding = bool(getattr(self.source, "tells_shielding", False))
        self.key = str(bron.pk)
        self.is_trying = False

    def look_up(self, number: NhrNummer) -> Answer:
        """Look up a number; see :class:`.protocol.Source`."""
        try:
            self._require_open()
            answer = self.source.look_up(number)
        except NotNow:
            self._leave_to_others()
            raise
        except ConfigurationError as error:
            stop(self.bron, error)
            raise
        except TemporaryRemoteError as error:
            count_nhr_failure(self.bron, error)
            raise
        except PermanentRemoteError:
            mark_answering(self.bron)  # the source responds
            raise
        mark_answering(self.bron)
        return answer

    def _require_open(self) -> None:
        """Raise if the source is paused or stopped. One worker at a time retries it."""
        if not are_fresh():
            self.bron.refresh_from_db()
        now = timezone.now()
        if (until := resting_until(self.bron)) is None:
            return
        if until > now:
            raise _resting(self.bron)
        same = NhrBron.objects.filter(
            pk=self.bron.pk,
            stopped_at=self.bron.stopped_at,
            paused_until=self.bron.paused_until,
        )
        stopped_at = self.bron.stopped_at and now
        if not same.update(stopped_at=stopped_at, paused_until=now + STOP):
            raise _resting(self.bron)
        self.is_trying = True
        if isinstance(self.source, Probed):
            self.source.probe()  # a free request

    def _leave_to_others(self) -> None:
        """Restore the state without a request, so that another worker can retry."""
        if self.is_trying:
            NhrBron.objects.filter(pk=self.bron.pk).update(
                stopped_at=self.bron.stopped_at, paused_until=self.bron.paused_until
            )


class BrokenSource:
    """Replaces a source that can't be instantiated. It may have any field."""

    soorten = frozenset(NhrSoort)
    fields = frozenset(CONTACT_FIELDS)

    def __init__(self, bron: NhrBron, error: ConfigurationError) -> None:
        self.name = str(bron)
        self.error = error

    def look_up(self, number: NhrNummer) -> Answer:
        """Raise the error of the instantiation."""
        raise self.error


def _make(bron: NhrBron) -> Source:
    try:
        return make_source(bron)
    except ConfigurationError as error:
        return BrokenSource(bron, error)


def _resting(bron: NhrBron) -> ConfigurationError | NotNow:
    if bron.stopped_at:
        return AlreadyStopped(bron.last_error)
    return NotNow(bron.last_error)


class AlreadyStopped(ConfigurationError):
    """The source was already stopped, so no request was sent."""


def resting_until(bron: NhrBron) -> Any:
    """Return the time until which a source is paused or stopped, or ``None``."""
    moments = [bron.paused_until, bron.stopped_at and bron.stopped_at + STOP]
    return max((one for one in moments if one), default=None)


def stop(bron: NhrBron, error: ConfigurationError) -> None:
    """Stop the source until an administrator has fixed the cause."""
    if isinstance(error, AlreadyStopped):
        return
    reason = str(error)[:REASON_LENGTH]
    now = timezone.now()
    NhrBron.objects.filter(pk=bron.pk).update(
        stopped_at=now,
        paused_until=None,
        last_error=reason,
        failing_since=Coalesce("failing_since", now),
    )
    logger.error("nhr_stopped", source=bron.pk, reason=reason)


def count_nhr_failure(bron: NhrBron, error: TemporaryRemoteError) -> None:
    """Count a failure, and pause the source after repeated ones or ``Retry-After``."""
    rows = NhrBron.objects.filter(pk=bron.pk)
    rows.update(failures=F("failures") + 1, last_error=str(error)[:REASON_LENGTH])
    failures = rows.values_list("failures", flat=True).first() or 0
    seconds = pause_seconds(failures, error)
    # a number that the register is processing says nothing of the register
    if seconds or not isinstance(error, Postponed):
        rows.update(failing_since=Coalesce("failing_since", timezone.now()))
    if bron.paused_until or bron.stopped_at or seconds:
        # also if the attempt after a pause failed
        until = timezone.now() + timedelta(seconds=max(seconds, FIRST_PAUSE_SECONDS))
        rows.update(paused_until=until, stopped_at=None)
        logger.warning("nhr_paused", source=bron.pk, seconds=seconds, error=str(error))


def pause_seconds(failures: int, error: TemporaryRemoteError) -> float:
    """Return the seconds of a pause after this number of failures in a row."""
    seconds = 0.0
    if not isinstance(error, Postponed):  # which concerns one number
        seconds = min(error.retry_after or 0.0, LONGEST_RETRY_AFTER)
    if failures >= FAILURES_IN_A_ROW:
        doublings = min(failures - FAILURES_IN_A_ROW, MOST_DOUBLINGS)
        pause = min(FIRST_PAUSE_SECONDS * 2**doublings, LONGEST_PAUSE_SECONDS)
        seconds = max(seconds, pause)
    return seconds


NOT_ANSWERING = (
    Q(failures__gt=0) | Q(stopped_at__isnull=False) | Q(paused_until__isnull=False)
)


def mark_answering(bron: NhrBron) -> None:
    """Reset the state of the source, because it responds."""
    if bron.failures or bron.stopped_at or bron.paused_until:
        _clear(NhrBron.objects.filter(pk=bron.pk))


def resume() -> None:
    """Resume all sources, after an administrator saved the configuration."""
    if _clear(NhrBron.objects.filter(NOT_ANSWERING)):
        logger.info("nhr_resumed")


def _clear(rows: Any) -> int:
    count: int = rows.update(
        stopped_at=None,
        paused_until=None,
        failures=0,
        failing_since=None,
        last_error="",
    )
    return count


def guarded_sources() -> list[Source]:
    """Return the active sources, the most trusted first, each behind its gate.

    Raises :class:`ConfigurationError` if there are none.
    """
    sources: list[Source] = [GuardedSource(one) for one in nhr_bronnen()]
    if not sources:
        raise ConfigurationError(_("Er is geen bron van contactgegevens ingesteld."))
    return sources


def is_open(lane: Lane) -> bool:
    """Whether a source can be queried now for this purpose."""
    bronnen = nhr_bronnen()
    if not bronnen:
        return True  # the row then reports what is missing
    return any(_can_be_asked(bron, lane) for bron in bronnen)


def _can_be_asked(bron: NhrBron, lane: Lane) -> bool:
    until = resting_until(bron)
    if until is not None and until > timezone.now():
        return False
    return bron.soort not in PAID or room(lane) > 0
