"""The state of the installation as OpenTelemetry metrics, if the host has that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from django.db import Error, connection
from django.utils import timezone

from ..clients.nhr.budget import used_this_month
from ..models import NhrBron, RolBron
from ..sync.outbox.heartbeat import seconds_since_beat
from .health.probes import BROKER, OUTBOX, limited, nhr_failing_seconds

METER = "klanten_plugin"

Values = Iterable[tuple[float, dict[str, str]]]
"""Values with their attributes."""


@dataclass(frozen=True)
class Gauge:
    """A value that is computed when the host's exporter collects it."""

    unit: str
    description: str
    values: Callable[[], Values]


def _outbox(name: str) -> Callable[[], Values]:
    def values() -> Values:
        numbers = OUTBOX.read()["outbox"].numbers
        # no number is better than a wrong one
        return [(numbers[name], {})] if name in numbers else []

    return values


def _beat() -> Values:
    seconds = seconds_since_beat()
    return [] if seconds is None else [(seconds, {})]


def _up(name: str) -> Callable[[], Values]:
    return lambda: [(float(bool(BROKER.read()[name].ok)), {})]


def _workers() -> Values:
    workers = BROKER.read()["workers"]
    # without a broker the workers can't be queried
    return [] if workers.ok is None else [(workers.numbers["count"], {})]


def _nhr_failing() -> Iterator[tuple[float, dict[str, str]]]:
    for bron in NhrBron.objects.active():
        seconds = nhr_failing_seconds(bron)
        yield seconds, {"source": f"{bron.position}:{bron.soort}"}


def _nhr_requests() -> Values:
    used = used_this_month()
    return [(used.betaald, {"kind": "paid"}), (used.vrij, {"kind": "free"})]


def _bronnen() -> Iterator[tuple[RolBron, dict[str, str]]]:
    for bron in RolBron.objects.filter(active=True).select_related("service"):
        yield bron, {"bron": f"{bron.service.slug}:{bron.soort}"}


def _rollen_failing() -> Values:
    return [(bron.failures, attributes) for bron, attributes in _bronnen()]


def _rollen_pass_age() -> Values:
    now = timezone.now()
    return [
        ((now - bron.last_complete_at).total_seconds(), attributes)
        for bron, attributes in _bronnen()
        if bron.last_complete_at
    ]


GAUGES: dict[str, Gauge] = {
    "klanten_plugin.outbox.waiting": Gauge(
        "{row}", "Rows of the outbox that wait to be done", _outbox("waiting")
    ),
    "klanten_plugin.outbox.running": Gauge(
        "{row}", "Rows of the outbox that a worker has taken", _outbox("running")
    ),
    "klanten_plugin.outbox.given_up": Gauge(
        *("{row}", "Rows of the outbox that an administrator must look at"),
        _outbox("given_up"),
    ),
    "klanten_plugin.outbox.oldest": Gauge(
        *("s", "Time since the oldest row of the outbox that isn't done was due"),
        _outbox("oldest_seconds"),
    ),
    "klanten_plugin.beat.age": Gauge(
        "s", "Time since a worker did the task that beat sends every 30 s", _beat
    ),
    "klanten_plugin.broker.up": Gauge(
        "{broker}", "1 if the broker of Celery can be reached", _up("broker")
    ),
    "klanten_plugin.workers": Gauge(
        "{worker}", "Celery workers that answer and have our tasks", _workers
    ),
    "klanten_plugin.nhr.failing": Gauge(
        "s",
        "Time that a source of contact data has been failing; 0 if not, or once",
        _nhr_failing,
    ),
    "klanten_plugin.nhr.requests": Gauge(
        "{request}", "Requests to KVK in this month", _nhr_requests
    ),
    "klanten_plugin.rollen.failing": Gauge(
        "{failure}", "Calls of a bron of roles that failed in a row", _rollen_failing
    ),
    "klanten_plugin.rollen.pass_age": Gauge(
        "s", "Time since all roles of a bron were read", _rollen_pass_age
    ),
}
"""The gauges by name. A test compares them with ``docs/monitoring.md``."""


def register_metrics() -> bool:
    """Register the gauges with the host's meter provider; return whether there is one.

    They are only computed when the host's exporter collects them.
    """
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.metrics") is None:
        return False
    from opentelemetry import metrics

    meter = metrics.get_meter(METER)
    for name, gauge in GAUGES.items():
        meter.create_observable_gauge(
            name,
            callbacks=[_observer(gauge.values, metrics.Observation)],
            unit=gauge.unit,
            description=gauge.description,
        )
    return True


def _observer(values: Callable[[], Values], observation: Any) -> Any:
    def observe(options: Any) -> Iterable[Any]:
        _tend_connection()
        try:
            with limited():
                return [observation(number, tags) for number, tags in values()]
        except Error:  # no number is better than a wrong one
            return []
        finally:
            _tend_connection()

    return observe


def _tend_connection() -> None:
    """Close a broken or expired connection.

    Django does this after requests, but the exporter's thread handles none.
    """
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
