"""No more requests than the contract allows, over all workers together."""

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

from klanten_plugin.clients.nhr import limiter
from klanten_plugin.exceptions import ConfigurationError, TemporaryRemoteError
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
        limiter._wait_for_turn()
        moments.put(time.time())


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

    # three times the rate: however fast the machine, the last one is in the third second
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
    assert limiter.used_this_month().aanvragen == 1


def test_who_waits_too_long_comes_back(
    db: Any, settings: Any, monkeypatch: Any
) -> None:
    settings.KLANTEN_NHR_REQUESTS_PER_SECOND = 1
    monkeypatch.setattr(limiter, "PATIENCE_SECONDS", -1.0)
    limiter.acquire(paid=False)
    with pytest.raises(TemporaryRemoteError, match="tegelijk"):
        limiter.acquire(paid=False)


def test_the_budget_is_not_exceeded(db: Any, settings: Any) -> None:
    settings.KLANTEN_NHR_MONTHLY_BUDGET = 10
    for number in range(10):
        with capture_logs() as lines:
            limiter.acquire(paid=number % 2 == 0)
        warned = ["kvk_budget_nearly_spent"] if number == 7 else []
        assert [line["event"] for line in lines] == warned
        assert limiter.budget_is_nearly_spent() is (number >= 7)
    with pytest.raises(TemporaryRemoteError, match="maandbudget van 10") as caught:
        limiter.acquire(paid=True)

    now = timezone.now()
    next_month = now.timestamp() + (caught.value.retry_after or 0)
    moment = datetime.fromtimestamp(next_month, ZoneInfo("Europe/Amsterdam"))
    assert (moment.day, moment.hour) == (1, 0)
    assert limiter.budget_is_spent()
    used = NhrVerbruik.objects.get()
    assert (used.aanvragen, used.betaald) == (10, 5)


def test_a_budget_of_nothing(db: Any, settings: Any) -> None:
    settings.KLANTEN_NHR_MONTHLY_BUDGET = 0
    with pytest.raises(TemporaryRemoteError, match="maandbudget"):
        limiter.acquire(paid=True)


def test_another_month_has_a_budget_of_its_own(db: Any, settings: Any) -> None:
    settings.KLANTEN_NHR_MONTHLY_BUDGET = 1
    NhrVerbruik.objects.create(maand=date(2020, 1, 1), aanvragen=1)
    limiter.acquire(paid=True)
    assert NhrVerbruik.objects.count() == 2


def test_workers_share_the_budget(transactional_db: None, settings: Any) -> None:
    settings.KLANTEN_NHR_MONTHLY_BUDGET = 25
    taken: list[int | None] = []

    def take() -> None:
        try:
            taken.extend(limiter._count(1, 25) for _ in range(10))
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(n for n in taken if n is not None) == list(range(1, 26))
    assert NhrVerbruik.objects.get().betaald == 25
