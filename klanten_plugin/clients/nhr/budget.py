"""The monthly budget of requests to KVK, over all workers.

The budget counts paid requests. Free ones (Zoeken, the Mutatieservice) have a separate
limit. A share of the budget is reserved for new klanten and for requests of consumers
and administrators (:attr:`Lane.FIRST`). The refresh of known klanten
(:attr:`Lane.REFRESH`) gets a daily part of the rest, so that the budget lasts the whole
month.
"""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from enum import Enum
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

import structlog

from ...conf import settings
from ...exceptions import NotNow
from ...models import NhrVerbruik

logger = structlog.stdlib.get_logger(__name__)

FREE_LIMIT = 300_000
"""Maximum free requests (Zoeken, Mutatieservice) per calendar month."""
NEW_SHARE = 0.2
"""Fraction of the budget that is reserved for :attr:`Lane.FIRST`."""
WARN_AT = 0.8
"""Fraction of the budget at which administrators are warned."""
DAY_SHARE = 0.5
"""Maximum fraction of the remaining budget that new klanten can use per day, so that a
consumer that creates very many doesn't exhaust it."""
SMALL = 100
"""Minimum of that daily maximum, as long as the budget isn't spent."""

DUTCH = ZoneInfo("Europe/Amsterdam")


class Lane(Enum):
    """The purpose of a request."""

    FIRST = "first"
    """A new klant, another number, or a request of a person."""
    REFRESH = "refresh"
    """Known, signalled or imported klanten."""


_lane: ContextVar[Lane] = ContextVar("lane", default=Lane.FIRST)


@contextmanager
def spending_as(lane: Lane) -> Iterator[None]:
    """Count the requests in this context for that lane.

    It isn't an argument of ``look_up``, so that custom sources needn't pass it on.
    """
    token = _lane.set(lane)
    try:
        yield
    finally:
        _lane.reset(token)


def take(*, paid: bool) -> None:
    """Count a request. Raises :class:`NotNow` if the limits are reached."""
    NhrVerbruik.objects.get_or_create(maand=this_month())
    with transaction.atomic():
        used = NhrVerbruik.objects.select_for_update().get(maand=this_month())
        used.begin_day(this_day())
        count_in(used, paid=paid)
        used.save()


def count_in(used: NhrVerbruik, *, paid: bool) -> None:
    """Count a request in a month that the caller has locked and will save.

    Raises :class:`NotNow` if the limits are reached.
    """
    lane = _lane.get()
    if paid:
        _require_room(lane, used)
        _count_paid(lane, used)
    elif used.vrij >= FREE_LIMIT:
        raise NotNow(
            _("Het maximum aan gratis aanvragen aan KVK is deze maand bereikt.")
        )
    used.aanvragen += 1


def _require_room(lane: Lane, used: NhrVerbruik) -> None:
    if used.betaald >= settings.NHR_MONTHLY_BUDGET:
        budget = settings.NHR_MONTHLY_BUDGET
        raise NotNow(
            _("Het maandbudget van {budget} betaalde aanvragen aan KVK is op.").format(
                budget=budget
            )
        )
    if room(lane, used) < 1:
        raise NotNow(_("Het deel van het maandbudget voor vandaag is op."))


def _count_paid(lane: Lane, used: NhrVerbruik) -> None:
    used.betaald += 1
    used.dag_betaald += 1
    if lane is Lane.REFRESH:
        used.ververst += 1
        used.dag_ververst += 1
    budget = settings.NHR_MONTHLY_BUDGET
    if used.betaald == int(budget * WARN_AT):
        # logged once a month, because each count is that of one request
        logger.warning("kvk_budget_nearly_spent", used=used.betaald, budget=budget)


def room(lane: Lane, used: NhrVerbruik | None = None) -> int:
    """Return the paid requests left today for this lane; ``used`` is of today."""
    used = used or used_this_month()
    left = settings.NHR_MONTHLY_BUDGET - used.betaald
    if lane is Lane.FIRST:
        return min(left, _day_of_first(left, used))
    kept = int(settings.NHR_MONTHLY_BUDGET * NEW_SHARE)
    taken = used.betaald - used.ververst
    taken_before = taken - (used.dag_betaald - used.dag_ververst)
    # as of the start of the day, so that the daily part doesn't shrink during the day
    at_start = left + used.dag_betaald - max(0, kept - taken_before)
    part = math.ceil(max(0, at_start) / days_left())
    return min(left - max(0, kept - taken), part - used.dag_ververst)


def _day_of_first(left: int, used: NhrVerbruik) -> int:
    at_start = left + used.dag_betaald
    part = max(
        SMALL, math.ceil(at_start * DAY_SHARE), math.ceil(at_start / days_left())
    )
    return part - (used.dag_betaald - used.dag_ververst)


def this_day() -> date:
    """Return today's date in the Netherlands, as on KVK's invoices."""
    return timezone.now().astimezone(DUTCH).date()


def this_month() -> date:
    """Return the first day of the month, as on KVK's invoices."""
    return this_day().replace(day=1)


def days_left() -> int:
    """Return the remaining days of the month, including today."""
    today = this_day()
    return monthrange(today.year, today.month)[1] - today.day + 1


def used_this_month() -> NhrVerbruik:
    """Return the counts of this month and today, possibly an unsaved row."""
    used = NhrVerbruik.objects.filter(maand=this_month()).first() or NhrVerbruik()
    used.begin_day(this_day())
    return used


def budget_is_spent() -> bool:
    """Whether no more paid requests are allowed this month."""
    return used_this_month().betaald >= settings.NHR_MONTHLY_BUDGET


def budget_is_nearly_spent() -> bool:
    """Whether administrators should be warned about the budget."""
    return used_this_month().betaald >= settings.NHR_MONTHLY_BUDGET * WARN_AT
