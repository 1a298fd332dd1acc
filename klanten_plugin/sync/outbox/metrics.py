"""The numbers of the outbox as OpenTelemetry metrics, where the host has that."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.util import find_spec
from typing import Any

from django.db import Error, connection

from .upkeep import Health, health

METER = "klanten_plugin"

GAUGES: dict[str, tuple[str, str, Callable[[Health], float]]] = {
    "klanten_plugin.outbox.waiting": (
        "{task}",
        "Rows of the outbox that wait to be done",
        lambda numbers: numbers.waiting,
    ),
    "klanten_plugin.outbox.running": (
        "{task}",
        "Rows of the outbox that a worker has taken",
        lambda numbers: numbers.running,
    ),
    "klanten_plugin.outbox.given_up": (
        "{task}",
        "Rows of the outbox that an administrator must look at",
        lambda numbers: numbers.given_up,
    ),
    "klanten_plugin.outbox.oldest": (
        "s",
        "Time since the oldest row of the outbox that isn't done was due",
        lambda numbers: numbers.oldest_seconds,
    ),
}
"""Name of each gauge: its unit, what it is, and the number."""


def register_metrics() -> bool:
    """Offer the gauges to the host's meter provider; whether there is one to offer to.

    They are only computed when the host's exporter asks for them.
    """
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.metrics") is None:
        return False
    from opentelemetry import metrics

    meter = metrics.get_meter(METER)
    for name, (unit, description, number) in GAUGES.items():
        meter.create_observable_gauge(
            name,
            callbacks=[_observer(number, metrics.Observation)],
            unit=unit,
            description=description,
        )
    return True


def _observer(number: Callable[[Health], float], observation: Any) -> Any:
    def observe(options: Any) -> Iterable[Any]:
        _tend_connection()
        try:
            return [observation(number(health()))]
        except Error:  # no number is better than a wrong one
            return []
        finally:
            _tend_connection()

    return observe


def _tend_connection() -> None:
    """Close a connection that broke, or that is old enough.

    The exporter's thread serves no requests, after which Django would do that.
    """
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
