"""The numbers as OpenTelemetry metrics."""

from __future__ import annotations

import sys
import threading
from typing import Any

from django.db import connection

import pytest

from klanten_plugin.sync.outbox import metrics
from tests.outbox import add, ago

sdk = pytest.importorskip("opentelemetry.sdk.metrics")
export = pytest.importorskip("opentelemetry.sdk.metrics.export")
api = pytest.importorskip("opentelemetry.metrics")


@pytest.fixture(scope="session")
def reader() -> Any:
    """What the exporter of a host asks; a process has one provider, for good."""
    reader = export.InMemoryMetricReader()
    api.set_meter_provider(sdk.MeterProvider([reader]))
    return reader


def numbers(reader: Any) -> dict[str, tuple[str, float]]:
    """Unit and number of each gauge that has one."""
    data = reader.get_metrics_data()
    if data is None:
        return {}
    return {
        metric.name: (metric.unit, point.value)
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        if scope.scope.name == metrics.METER
        for metric in scope.metrics
        for point in metric.data.data_points
    }


@pytest.mark.django_db
def test_gauges(reader: Any) -> None:
    add("a", due_at=ago(seconds=100))
    add("b")
    add("c", state="given_up")
    found = numbers(reader)
    assert set(found) == set(metrics.GAUGES)
    oldest = found.pop("klanten_plugin.outbox.oldest")
    assert found == {
        "klanten_plugin.outbox.waiting": ("{task}", 2),
        "klanten_plugin.outbox.running": ("{task}", 0),
        "klanten_plugin.outbox.given_up": ("{task}", 1),
    }
    assert oldest[0] == "s"
    assert oldest[1] >= 100


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_and_comes_back(reader: Any, settings: Any) -> None:
    """In the exporter's thread, whose connection nobody else looks after."""
    seen: list[dict[str, Any]] = []

    def work() -> None:
        seen.append(numbers(reader))
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pid = cursor.fetchone()[0]
        broken.append(pid)
        ready.set()
        go_on.wait()
        seen.append(numbers(reader))
        seen.append(numbers(reader))
        connection.close()

    broken: list[int] = []
    ready, go_on = threading.Event(), threading.Event()
    thread = threading.Thread(target=work)
    thread.start()
    ready.wait()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [broken[0]])
    go_on.set()
    thread.join()
    assert len(seen[0]) == len(metrics.GAUGES)
    assert seen[-1] == seen[0]


def test_a_host_with_it(monkeypatch: Any) -> None:
    monkeypatch.setattr(api, "get_meter", api.NoOpMeterProvider().get_meter)
    assert metrics.register_metrics() is True


def test_a_host_without_it(monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    assert metrics.register_metrics() is False
