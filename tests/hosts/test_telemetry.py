"""The figures as OpenTelemetry metrics."""

from __future__ import annotations

import re
import sys
import threading
import time
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.utils import timezone

import pytest

from klanten_plugin.constants import RolSoort
from klanten_plugin.contrib import telemetry as metrics
from klanten_plugin.contrib.health import probes
from klanten_plugin.models import KlantenConfig, NhrBron, RolBron
from klanten_plugin.sync.outbox.heartbeat import KEY
from tests.nhr import make_service
from tests.outbox import add, ago

ROOT = Path(__file__).parents[2]

sdk = pytest.importorskip("opentelemetry.sdk.metrics")
export = pytest.importorskip("opentelemetry.sdk.metrics.export")
api = pytest.importorskip("opentelemetry.metrics")


@pytest.fixture(scope="session")
def reader() -> Any:
    """The reader of a host's exporter. A process has a single, permanent provider."""
    reader = export.InMemoryMetricReader()
    readers = [reader]
    if find_spec("opentelemetry.exporter.prometheus"):
        exporter = import_module("opentelemetry.exporter.prometheus")
        readers.append(exporter.PrometheusMetricReader())
    api.set_meter_provider(sdk.MeterProvider(readers))
    return reader


def numbers(reader: Any) -> dict[str, tuple[str, float]]:
    """Return unit and value of each gauge that has a value without attributes."""
    data = reader.get_metrics_data()
    if data is None:
        return {}
    return {
        metric.name: (metric.unit, point.value)
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        if scope.scope.name == metrics.METER
        for metric in scope.metrics
        if metric.name in metrics.GAUGES
        for point in metric.data.data_points
        if not point.attributes
    }


@pytest.mark.django_db
def test_gauges(reader: Any) -> None:
    add("a", due_at=ago(seconds=100))
    add("b")
    add("c", state="given_up")
    cache.set(KEY, time.time() - 40)
    probes.BROKER.valid_until = 0.0
    probes.OUTBOX.valid_until = 0.0
    found = numbers(reader)
    oldest = found.pop("klanten_plugin.outbox.oldest")
    beat = found.pop("klanten_plugin.beat.age")
    assert found == {
        "klanten_plugin.outbox.waiting": ("{row}", 2),
        "klanten_plugin.outbox.running": ("{row}", 0),
        "klanten_plugin.outbox.given_up": ("{row}", 1),
        "klanten_plugin.broker.up": ("{broker}", 1),
        "klanten_plugin.workers": ("{worker}", 0),
    }
    assert (oldest[0], beat[0]) == ("s", "s")
    assert oldest[1] >= 100
    assert 40 <= beat[1] < 100


@pytest.mark.django_db
def test_a_scrape_of_prometheus(reader: Any, client: Any, kvk: Any) -> None:
    """With the names in the documented alert rules."""
    prometheus = pytest.importorskip("prometheus_client")
    service = make_service("http://127.0.0.1:1/")
    KlantenConfig.get_solo().verzoeken_services.add(service)
    RolBron.objects.update_or_create(
        service=service,
        soort=RolSoort.VERZOEKEN,
        defaults={"active": True, "failures": 2},
    )
    NhrBron.objects.update(
        failures=2, failing_since=timezone.now() - timedelta(seconds=70)
    )
    cache.set(KEY, time.time() - 100)
    client.get("/klanten/api/v1/klanten?subject__inpBsn=123456782")
    scrape = prometheus.generate_latest().decode()
    rules = (ROOT / "docs" / "monitoring.md").read_text()
    names = set(re.findall(r"\bklanten_plugin_\w+", rules))
    assert len(names) >= 8
    assert not [name for name in names if name not in scrape]
    assert value(scrape, "klanten_plugin_beat_age_seconds") > 90
    assert value(scrape, "klanten_plugin_nhr_failing_seconds") > 60
    assert value(scrape, "klanten_plugin_rollen_failing") == 2
    assert "123456782" not in scrape


def value(scrape: str, name: str) -> float:
    """Return the highest value of a gauge."""
    found = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", scrape, re.MULTILINE)
    return max(float(number) for number in found)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_and_comes_back(reader: Any, settings: Any) -> None:
    """In the exporter's thread, whose connection Django doesn't manage."""
    seen: list[dict[str, Any]] = []

    def work() -> None:
        probes.OUTBOX.valid_until = 0.0
        seen.append(numbers(reader))
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pid = cursor.fetchone()[0]
        broken.append(pid)
        ready.set()
        go_on.wait()
        probes.OUTBOX.valid_until = 0.0
        seen.append(numbers(reader))
        probes.OUTBOX.valid_until = 0.0
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
    waiting = "klanten_plugin.outbox.waiting"
    assert seen[0][waiting] == seen[-1][waiting]


def test_a_host_with_it(monkeypatch: Any) -> None:
    monkeypatch.setattr(api, "get_meter", api.NoOpMeterProvider().get_meter)
    assert metrics.register_metrics() is True


def test_a_host_without_it(monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    assert metrics.register_metrics() is False
