"""The month's budget of requests to KVK, over all workers together.

The budget counts paid requests. Free ones (Zoeken, the Mutatieservice) have a limit of
their own. A share of the budget is kept for new klanten and for what consumers and
administrators ask (:attr:`Lane.FIRST`); the refresh of what is known (:attr:`Lane.REFRESH`)
gets a part of the rest each day, so that the month is never spent on its first day.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, timedelta
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

WARN_AT = 0.8
"""The part of the budget that is spent when an administrator is warned."""
DAY_SHARE = 0.5
"""The part of what is left of the month that one day may take for new klanten: a
consumer that creates very many doesn't leave the rest of the month without."""
SMALL = 100
"""So many requests a day are always allowed to new klanten, while the month has them."""

DUTCH = ZoneInfo("Europe/Amsterdam")


class Lane(Enum):
    """What a request is for."""

    FIRST = "first"
    """A new klant, another number, or what a person asked for."""
    REFRESH = "refresh"
    """What is known, signalled, or was imported in bulk."""


_lane: ContextVar[Lane] = ContextVar("lane", default=Lane.FIRST)


@contextmanager
def spending_as(lane: Lane) -> Iterator[None]:
    """Count the requests that are made within this for that lane.

    Not an argument of ``look_up``: operators' own sources needn't pass it on.
    """
    token = _lane.set(lane)
    try:
        yield
    finally:
        _lane.reset(token)


def take(*, paid: bool) -> None:
    """Count one request. Raises :class:`NotNow` where it may not be made."""
    NhrVerbruik.objects.get_or_create(maand=this_month())
    with transaction.atomic():
        used = NhrVerbruik.objects.select_for_update().get(maand=this_month())
        used.begin_day(this_day())
        count_in(used, paid=paid)
        used.save()


def count_in(used: NhrVerbruik, *, paid: bool) -> None:
    """Count one request in a month that the caller has locked, and saves.

    Raises :class:`NotNow` where it may not be made.
    """
    lane = _lane.get()
    if paid:
        _require_room(lane, used)
        _count_paid(lane, used)
    elif used.vrij >= settings.NHR_FREE_LIMIT:
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
        # once a month: each number is that of one request
        logger.warning("kvk_budget_nearly_spent", used=used.betaald, budget=budget)


def room(lane: Lane, used: NhrVerbruik | None = None) -> int:
    """Paid requests that this lane may still make today; ``used`` is of today."""
    used = used or used_this_month()
    left = settings.NHR_MONTHLY_BUDGET - used.betaald
    if lane is Lane.FIRST:
        return min(left, _day_of_first(left, used))
    kept = int(settings.NHR_MONTHLY_BUDGET * settings.NHR_NEW_SHARE)
    taken = used.betaald - used.ververst
    taken_before = taken - (used.dag_betaald - used.dag_ververst)
    # as it was when the day began: the part of a day doesn't shrink while it is used
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
    """Today, as KVK's bills see it."""
    return timezone.now().astimezone(DUTCH).date()


def this_month() -> date:
    """The first day of the month, as KVK's bills see it."""
    return this_day().replace(day=1)


def _next_month() -> date:
    return (this_month() + timedelta(days=31)).replace(day=1)


def days_left() -> int:
    """Days of the month that are left, today included."""
    return (_next_month() - this_day()).days


def used_this_month() -> NhrVerbruik:
    """What was counted this month and today; an unsaved row where nothing was."""
    used = NhrVerbruik.objects.filter(maand=this_month()).first() or NhrVerbruik()
    used.begin_day(this_day())
    return used


def budget_is_spent() -> bool:
    """Whether nothing that is paid for can be asked any more this month."""
    return used_this_month().betaald >= settings.NHR_MONTHLY_BUDGET


def budget_is_nearly_spent() -> bool:
    """Whether an administrator should know that little is left."""
    return used_this_month().betaald >= settings.NHR_MONTHLY_BUDGET * WARN_AT
