"""May KVK be asked once more? What the contract allows, over all workers together.

The requests of this second are counted in Redis; those of this month in PostgreSQL,
where a cache that is emptied can't lose them. Both are counted before the request is
made, so that what dies half way is counted, too. Where either can't be counted, nothing
is asked.
"""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

import structlog
from limits import RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from ...conf import limiter_url, settings
from ...exceptions import ConfigurationError, TemporaryRemoteError
from ...models import NhrVerbruik

logger = structlog.stdlib.get_logger(__name__)

KEY = "klanten_plugin.kvk"
PATIENCE_SECONDS = 10.0
"""How long a worker waits for its turn; then the row of the outbox does."""

REDIS_SECONDS = 2.0
NOTHING_TO_COUNT_WITH = (
    "Er is niets om aanvragen aan KVK mee te tellen: zet KLANTEN_NHR_LIMITER_URL."
)
WARN_AT = 0.8
"""The part of the budget that is spent when somebody should know."""

DUTCH = ZoneInfo("Europe/Amsterdam")


def acquire(*, paid: bool) -> None:
    """Count one request, and wait until it may be made.

    Raises :class:`TemporaryRemoteError` where it may not be made now, and
    :class:`ConfigurationError` where there is nothing to count with.
    """
    _wait_for_turn()
    _take_from_budget(paid=paid)


def _wait_for_turn() -> None:
    url = limiter_url()
    if not url:
        raise ConfigurationError(NOTHING_TO_COUNT_WITH)
    limiter = MovingWindowRateLimiter(_storage(url))
    limit = RateLimitItemPerSecond(settings.NHR_REQUESTS_PER_SECOND)
    end = time.monotonic() + PATIENCE_SECONDS
    try:
        while not limiter.hit(limit, KEY):
            if time.monotonic() > end:
                raise TemporaryRemoteError(
                    "Er gaan te veel aanvragen tegelijk naar KVK.", PATIENCE_SECONDS
                )
            free_at = limiter.get_window_stats(limit, KEY).reset_time
            time.sleep(min(max(free_at - time.time(), 0.005), 1.0))
    except StorageError as error:
        raise TemporaryRemoteError(
            "De aanvragen aan KVK kunnen niet geteld worden: Redis is niet bereikbaar."
        ) from error


def can_count() -> bool:
    """Whether the requests of this second can be counted now.

    Raises :class:`ConfigurationError` where there is nothing to count with.
    """
    url = limiter_url()
    if not url:
        raise ConfigurationError(NOTHING_TO_COUNT_WITH)
    return bool(_storage(url).check())


@cache
def _storage(url: str) -> Storage:
    options = {}
    if url.startswith("redis"):
        options = {
            "socket_connect_timeout": REDIS_SECONDS,
            "socket_timeout": REDIS_SECONDS,
        }
    try:
        storage = storage_from_string(url, wrap_exceptions=True, **options)
    except Exception as error:  # each storage has its own, and its own library
        raise ConfigurationError(
            f"KLANTEN_NHR_LIMITER_URL is niet te gebruiken ({type(error).__name__})."
        ) from error
    assert isinstance(storage, Storage)
    return storage


def _take_from_budget(*, paid: bool) -> None:
    budget = settings.NHR_MONTHLY_BUDGET
    used = _count(int(paid), budget)
    if used is None:
        raise TemporaryRemoteError(
            f"Het maandbudget van {budget} aanvragen aan KVK is op.",
            seconds_to_next_month(),
        )
    if used == int(budget * WARN_AT):
        # once a month: each number is that of one request
        logger.warning("kvk_budget_nearly_spent", used=used, budget=budget)


COUNT = """
    INSERT INTO klanten_plugin_nhrverbruik AS verbruik (maand, aanvragen, betaald)
    SELECT %(maand)s, 1, %(paid)s WHERE %(budget)s > 0
    ON CONFLICT (maand) DO UPDATE
    SET aanvragen = verbruik.aanvragen + 1, betaald = verbruik.betaald + %(paid)s
    WHERE verbruik.aanvragen < %(budget)s
    RETURNING aanvragen
"""


def _count(paid: int, budget: int) -> int | None:
    """Which request of this month this is; ``None`` if there may be no more."""
    parameters: dict[str, Any] = {"maand": this_month(), "paid": paid, "budget": budget}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, parameters)
        row = cursor.fetchone()
    return row[0] if row else None


def this_month() -> date:
    """The first day of the month, as KVK's bills see it."""
    return timezone.now().astimezone(DUTCH).date().replace(day=1)


def seconds_to_next_month() -> float:
    """Seconds until there is a budget again."""
    later = this_month() + timedelta(days=31)
    start = datetime(later.year, later.month, 1, tzinfo=DUTCH)
    return (start - timezone.now()).total_seconds()


def used_this_month() -> NhrVerbruik:
    """What was counted this month; an empty row where nothing was."""
    return NhrVerbruik.objects.filter(maand=this_month()).first() or NhrVerbruik()


def budget_is_spent() -> bool:
    """Whether there is nothing left to ask with this month."""
    return used_this_month().aanvragen >= settings.NHR_MONTHLY_BUDGET


def budget_is_nearly_spent() -> bool:
    """Whether an administrator should know that little is left."""
    return used_this_month().aanvragen >= settings.NHR_MONTHLY_BUDGET * WARN_AT
