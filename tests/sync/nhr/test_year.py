"""Months of the trade register on a simulated clock.

`tests/benchmarks/nhr_year.py` runs a year of 50,000 klanten.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.test import override_settings

import pytest
from zgw_consumers.models import Service

from klanten_plugin.domain.nhr import timing
from klanten_plugin.models import (
    Klant,
    NhrBron,
    NhrSignalen,
    NhrState,
    NhrVerbruik,
    OutboxRow,
)
from klanten_plugin.sync.nhr import due
from klanten_plugin.tasks import plan_nhr
from tests.api_client import ApiClient
from tests.benchmarks.nhr_register import BEGIN, DAY, Clock
from tests.benchmarks.nhr_year import Scenario, Year, chosen, simulated
from tests.nhr import redis_url, vestiging, work, work_refresh

KLANTEN = 12
OTHERS = (Klant, NhrBron, Service, NhrSignalen, NhrVerbruik, OutboxRow)
BUSY = Scenario(
    "signals, and a source that is down",
    signals=True,
    settings={"KLANTEN_NHR_UNSIGNALLED_INTERVAL_DAYS": 5.0},
    budget=1000.0,
    second_source=True,
)


@contextmanager
def living(year: Year) -> Iterator[None]:
    """Set up a simulated year, and roll back the database."""
    limiter = override_settings(KLANTEN_NHR_LIMITER_URL=redis_url())
    with (
        chosen(year.scenario, year.klanten),
        limiter,
        simulated(year),
        pytest.MonkeyPatch.context() as patch,
    ):
        # otherwise the order of look-ups matters
        patch.setattr(timing, "JITTER", 0.0)
        yield
    with connection.cursor() as cursor:
        cursor.execute("SET search_path TO DEFAULT; DROP SCHEMA sim CASCADE")
    for model in OTHERS:
        model.objects.all().delete()


def lived(*, in_batches: bool) -> Year:
    year = Year(BUSY, KLANTEN, 14, DAY, in_batches=in_batches)
    with living(year):
        year.run()
    return year


def test_batches_end_as_the_code_does_row_by_row(db: None) -> None:
    """The benchmark has no time for row by row, but measures the same."""
    batches, rows = (lived(in_batches=each).register for each in (True, False))
    assert batches.paid == rows.paid
    assert batches.asked == rows.asked
    assert batches.waits == rows.waits
    assert batches.oldest == rows.oldest
    # events occurred, including second look-ups
    assert rows.paid.total() > KLANTEN
    assert rows.oldest


def test_no_day_stands_out(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """All klanten were imported on one day, and are all due again after an outage."""
    monkeypatch.setattr(due, "SMALL", 1)
    for n in range(KLANTEN):
        api.create(**vestiging(f"{n + 1:012}"))
    interval = 4
    settings = {"KLANTEN_NHR_INTERVAL_DAYS": float(interval)}
    scenario = Scenario("all due at once", settings=settings, budget=1000.0)
    year = Year(scenario, KLANTEN, 12, DAY)
    with living(year):
        for day in range(year.days):
            if day == 1:  # as after an outage
                NhrState.objects.update(due_at=BEGIN)
            for hour in (1, 13):
                Clock.set(BEGIN + day * DAY + timedelta(hours=hour))
                plan_nhr()
                work()
                work_refresh()
    first, *busy = (year.register.paid[day] for day in range(year.days))
    assert first == KLANTEN  # no new klanten are waiting
    assert max(busy) <= due.SMOOTHNESS * KLANTEN / interval
    assert max(busy) <= 2 * statistics.mean(busy)
    assert year.register.oldest <= 2 * interval * DAY
