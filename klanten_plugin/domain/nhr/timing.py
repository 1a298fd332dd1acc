"""Due dates of look-ups in the register."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.db import connections, router
from django.utils import timezone

from ...conf import settings
from ...constants import NhrOutcome
from ...models import KlantenConfig

DAY = 24 * 3600.0
YEAR_DAYS = 365.0
BULK_DAYS = 30.0
"""Days over which the first look-ups after an import are spread."""
SPREAD_FROM = 0.25
"""Fraction of the interval after which the first klanten of an import are due again."""

UNKNOWN_SECONDS = 2 * DAY
"""Delay until an unregistered number is looked up again; doubled each time."""
FAILED_SECONDS = 3600.0
"""Delay until a failed source is queried again; doubled each time, up to a day."""
MOST_DOUBLINGS = 30

SLACK_SECONDS, SLACK_PART = DAY, 0.05
"""How long before the end of its interval a klant is due, and the maximum as a fraction
of the interval: due klanten may have to wait for the budget of another day."""

JITTER = 0.05
"""Maximum random reduction of the interval, as a fraction of it: spreads the refreshes
of klanten that were added together."""

SLOW_FACTOR = 3.0
SLOW = {NhrOutcome.UITGESCHREVEN, NhrOutcome.ONBEKEND, NhrOutcome.FOUT}
"""Outcomes that are refreshed a third as often, but at least once a year."""

_random = random.SystemRandom()

# as SQL text, because compiling the queryset takes longer than executing it
HAS_MUTATIESERVICE = f"""
    SELECT EXISTS (
        SELECT 1 FROM {KlantenConfig._meta.db_table}
        WHERE nhr_mutatieservice_id IS NOT NULL
    )
"""  # noqa: S608 - a name


def interval_days() -> float:
    """Return the days between two look-ups of a registered klant.

    With a Mutatieservice, names and addresses are refreshed by its signals, and once a
    year.
    """
    using = router.db_for_read(KlantenConfig)
    with connections[using].cursor() as cursor:
        cursor.execute(HAS_MUTATIESERVICE)
        (has_signals,) = cursor.fetchone()
    if has_signals:
        return min(settings.NHR_UNSIGNALLED_INTERVAL_DAYS, YEAR_DAYS)
    return settings.NHR_INTERVAL_DAYS


def next_time(outcome: NhrOutcome, times: int = 0) -> datetime:
    """Return the next due date; ``times`` is the number of successive unknown outcomes.

    At the latest a day before the end of the interval, with a random reduction.
    """
    days = interval_days()
    if outcome in SLOW:
        days = max(days, min(days * SLOW_FACTOR, YEAR_DAYS))
    seconds = days * DAY
    seconds -= min(SLACK_SECONDS, seconds * SLACK_PART)
    if outcome == NhrOutcome.ONBEKEND:
        seconds = min(seconds, UNKNOWN_SECONDS * 2 ** min(times, MOST_DOUBLINGS))
    return _after(seconds * _random.uniform(1 - JITTER, 1))


def next_try(times: int, asked: float | None) -> datetime:
    """Return when to retry a source that failed ``times`` times."""
    seconds = min(FAILED_SECONDS * 2 ** min(times, MOST_DOUBLINGS), DAY)
    return _after(max(seconds, asked or 0.0) * _random.uniform(0.9, 1))


def first_time_in_bulk(interval: float) -> datetime:
    """Return the first due date of an imported klant.

    ``interval`` is :func:`interval_days`, which the caller reads once per batch.
    """
    days = min(BULK_DAYS, interval)
    return _after(days * DAY * _random.uniform(0, 1))


def second_time_in_bulk() -> datetime:
    """Return the second due date of an imported klant, spread over time."""
    return _after(interval_days() * DAY * _random.uniform(SPREAD_FROM, 1))


def _after(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)
