"""When a klant is asked for again."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.utils import timezone

from ...conf import settings
from ...constants import NhrOutcome
from ...models import KlantenConfig

DAY = 24 * 3600.0
YEAR_DAYS = 365.0
BULK_DAYS = 30.0
"""Days over which the first requests for an import are spread."""
SPREAD_FROM = 0.25
"""Part of the interval after which the first of an import come back."""

UNKNOWN_SECONDS = 2 * DAY
"""When a number is asked for again that isn't registered; then after twice as long."""
FAILED_SECONDS = 3600.0
"""When a source is asked again that failed; then after twice as long, to a day."""
MOST_DOUBLINGS = 30

SLACK_SECONDS, SLACK_PART = DAY, 0.05
"""How much sooner than its interval a klant is due, at most that part of it: what is due
may have to wait for the part of the budget of another day."""

SLOW_FACTOR = 3.0
SLOW = {NhrOutcome.UITGESCHREVEN, NhrOutcome.ONBEKEND, NhrOutcome.FOUT}
"""Asked for a third as often, but not less than once a year."""

_random = random.SystemRandom()


def interval_days() -> float:
    """Days after which a klant that is in the register is asked for again.

    With a Mutatieservice names and addresses wait for its signals, and a year.
    """
    if KlantenConfig.objects.filter(nhr_mutatieservice__isnull=False).exists():
        return min(settings.NHR_UNSIGNALLED_INTERVAL_DAYS, YEAR_DAYS)
    return settings.NHR_INTERVAL_DAYS


def next_time(outcome: NhrOutcome, times: int = 0) -> datetime:
    """When to ask again; ``times`` is how often in a row there was nothing.

    A day before the end of the interval at the latest: chance makes it shorter.
    """
    days = interval_days()
    if outcome in SLOW:
        days = max(days, min(days * SLOW_FACTOR, YEAR_DAYS))
    seconds = days * DAY
    seconds -= min(SLACK_SECONDS, seconds * SLACK_PART)
    if outcome == NhrOutcome.ONBEKEND:
        seconds = min(seconds, UNKNOWN_SECONDS * 2 ** min(times, MOST_DOUBLINGS))
    return _after(seconds * _random.uniform(1 - settings.NHR_JITTER, 1))


def next_try(times: int, asked: float | None) -> datetime:
    """When to ask a source that failed so many times; ``asked`` is what it wants."""
    seconds = min(FAILED_SECONDS * 2 ** min(times, MOST_DOUBLINGS), DAY)
    return _after(max(seconds, asked or 0.0) * _random.uniform(0.9, 1))


def first_time_in_bulk(interval: float) -> datetime:
    """When a klant of an import is asked for; ``interval`` is :func:`interval_days`.

    The caller reads that once for all klanten of its batch.
    """
    days = min(BULK_DAYS, interval)
    return _after(days * DAY * _random.uniform(0, 1))


def second_time_in_bulk() -> datetime:
    """When it comes back: an import of a month is spread over most of the interval."""
    return _after(interval_days() * DAY * _random.uniform(SPREAD_FROM, 1))


def _after(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)
