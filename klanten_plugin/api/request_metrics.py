"""The duration of requests as an OpenTelemetry metric, if the host has that."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

NAME = "klanten_plugin.request.duration"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "_OTHER"
"""Replaces unknown methods and routes, to limit the cardinality of attributes."""


def record(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """Record a request by method, route name and status, without its path or query."""
    histogram = _histogram()
    if histogram is None:
        return
    match = request.resolver_match
    attributes = {
        "http.request.method": request.method if request.method in METHODS else OTHER,
        "http.route": (match.url_name if match else None) or OTHER,
        "http.response.status_code": response.status_code,
    }
    histogram.record(seconds, attributes)


@cache
def _histogram() -> Any:
    """Return the instrument of the host's meter provider, if there is OpenTelemetry."""
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.metrics") is None:
        return None
    from opentelemetry import metrics

    return metrics.get_meter("klanten_plugin").create_histogram(
        NAME, unit="s", description="Duration of requests of the Klanten API"
    )
