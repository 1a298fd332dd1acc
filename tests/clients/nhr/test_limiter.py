"""The rate limit of the contract is enforced across all workers."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

import pytest
from limits.storage import storage_from_string
from structlog.testing import capture_logs

from klanten_plugin.clients.nhr import budget, limiter
from klanten_plugin.clients.nhr.budget import Lane, spending_as
from klanten_plugin.exceptions import ConfigurationError, NotNow, TemporaryRemoteError
from klanten_plugin.models import NhrVerbruik
from tests.nhr import Peer, redis_url

WORKERS = 4
EACH = 15


@pytest.fixture(autouse=True)
def _counted_from_zero(settings: Any) -> Iterator[None]:
    settings.KLANTEN_NHR_LIMITER_URL = redis_url()
    storage = storage_from_string(redis_url())
    storage.reset()
    yield
    storage.reset()


def _turns(rate: int, url: str, start: Any, moments: Any) -> None:
    from django.conf import settings

    settings.KLANTEN_NHR_REQUESTS_PER_SECOND = rate
    settings.KLANTEN_NHR_LIMITER_URL = url
    start.wait()
    for _ in range(EACH):
        limiter.wait_for_turn()
        moments.put(time.time())


@pytest.mark.once
def test_processes_share_the_rate() -> None:
    rate = 20
    context = multiprocessing.get_context("fork")
    start, moments = context.Event(), context.Queue()
    workers = [
        context.Process(target=_turns, args=(rate, redis_url(), start, moments))
        for _ in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    began = time.time()
    start.set()
    taken = sorted(moments.get(timeout=60) for _ in range(WORKERS * EACH))
    for worker in workers:
        worker.join()

    # three times the rate: however fast the machine, the last one is in the third
    # second
    assert len(taken) == WORKERS * EACH == 3 * rate
    assert taken[-1] - began >= 2


def test_without_redis_nothing_is_asked(kvk: Peer, settings: Any) -> None:
    settings.KLANTEN_NHR_LIMITER_URL = "redis://127.0.0.1:1/0"
    with pytest.raises(TemporaryRemoteError, match="Redis"):
        limiter.acquire(paid=True)
    assert not NhrVerbruik.objects.exists()


@pytest.mark.parametrize("url", ["", "nonsense://"])
def test_nothing_to_count_with(db: Any, settings: Any, url: str) -> None:
    settings.KLANTEN_NHR_LIMITER_URL = url
    settings.CELERY_BROKER_URL = "amqp://broker"
    with pytest.raises(ConfigurationError, match="KLANTEN_NHR_LIMITER_URL"):
        limiter.acquire(paid=True)


def test_the_broker_will_do(db: Any, settings: Any) -> None:
    settings.KLANTEN_NHR_LIMITER_URL = ""
    settings.CELERY_BROKER_URL = redis_url()
    limiter.acquire(paid=False)
    assert budget.used_this_month().aanvragen == 1


def test_who_waits_too_long_comes_back(
    db: Any, settings: Any, monkeypatch: Any
) -> None:
    settings.KLANTEN_NHR_REQUESTS_PER_SECOND = 1
    monkeypatch.setattr(limiter, "PATIENCE_SECONDS", -1.0)
    limiter.acquire(paid=False)
    with pytest.raises(TemporaryRemoteError, match="tegelijk"):
        limiter.acquire(paid=False)


def test_the_budget_counts_what_is_paid(db: Any, settings: Any) -> None:
    settings.KLANTEN_NHR_MONTHLY_BUDGET = 10
    for number in range(1, 11):
        limiter.acquire(paid=False)
        with capture_logs() as lines:
            limiter.acquire(paid=True)
        warned = ["kvk_budget_nearly_spent"] if number == 8 else []
        assert [line["event"] for line in lines] == warned
        assert budget.budget_is_nearly_spent() is (number >= 8)
    with pytest.raises(NotNow, match="maandbudget van 10"):
        limiter.acquire(paid=True)
    assert budget.budget_is_spent()
    # free requests are still possible
    limiter.acquire(paid=False)
    used = NhrVerbruik.objects.get()
    assert (used.aanvragen, used.betaald, used.vrij) == (21, 10, 11)

    settings.KLANTEN_NHR_MONTHLY_BUDGET = 11
    limiter.acquire(paid=True)


def test_free_requests_have_a_limit_of_their_own(db: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(budget, "FREE_LIMIT", 2)
    for _ in range(2):
        limiter.acquire(paid=False)
    with pytest.raises(NotNow, match="gratis"):
        limiter.acquire(paid=False)
    limiter.acquire(paid=True)


def spend(lane: Lane) -> int:
    """Return the number of requests that this lane can spend at once."""
    count = 0
    with spending_as(lane):
        while count < 1000:
            try:
                limiter.acquire(paid=True)
            except NotNow:
                return count
            count += 1
    return count


def at(monkeypatch: Any, day: int) -> None:
    moment = datetime(2026, 6, day, 12, tzinfo=ZoneInfo("Europe/Amsterdam"))
    monkeypatch.setattr(timezone, "now", lambda: moment)


def test_a_month_is_spread_over_its_days(
    db: Any, settings: Any, monkeypatch: Any
) -> None:
    settings.KLANTEN_NHR_MONTHLY_BUDGET = 375
    at(monkeypatch, 1)
    # four fifths of 375 in 30 days
    assert spend(Lane.REFRESH) == 10
    assert spend(Lane.FIRST) == 188
    assert spend(Lane.REFRESH) == 0
    at(monkeypatch, 2)
    # the share of new klanten is used up, so the rest is for both
    assert spend(Lane.REFRESH) == 7
    at(monkeypatch, 30)
    assert spend(Lane.REFRESH) == 170
    assert spend(Lane.FIRST) == 0


def test_the_refresh_leaves_new_klanten_their_share(
    db: Any, settings: Any, monkeypatch: Any
) -> None:
    settings.KLANTEN_NHR_MONTHLY_BUDGET = 100
    at(monkeypatch, 30)
    assert spend(Lane.REFRESH) == 80
    assert spend(Lane.FIRST) == 20


def test_a_budget_of_nothing(db: Any, settings: Any) -> None:
    settings.KLANTEN_NHR_MONTHLY_BUDGET = 0
    with pytest.raises(TemporaryRemoteError, match="maandbudget"):
        limiter.acquire(paid=True)


def test_another_month_has_a_budget_of_its_own(db: Any, settings: Any) -> None:
    settings.KLANTEN_NHR_MONTHLY_BUDGET = 1
    NhrVerbruik.objects.create(maand=date(2020, 1, 1), aanvragen=1)
    limiter.acquire(paid=True)
    assert NhrVerbruik.objects.count() == 2


def _takes() -> bool:
    try:
        budget.take(paid=True)
    except NotNow:
        return False
    return True


def test_workers_share_the_budget(transactional_db: None, settings: Any) -> None:
    settings.KLANTEN_NHR_MONTHLY_BUDGET = 25
    taken: list[bool] = []

    def take() -> None:
        try:
            taken.extend(_takes() for _ in range(10))
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == [False] * 15 + [True] * 25
    assert NhrVerbruik.objects.get().betaald == 25
