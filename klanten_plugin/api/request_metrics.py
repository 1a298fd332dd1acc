"""How long requests of the API take, as an OpenTelemetry metric where the host has that."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

NAME = "klanten_plugin.request.duration"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "_OTHER"
"""What takes the place of a method or route that we don't know: attributes must be few."""


def record(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """Note a request: method, name of the route and status; never its path or query."""
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
    """The instrument of the host's meter provider; ``None`` without OpenTelemetry."""
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.metrics") is None:
        return None
    from opentelemetry import metrics

    return metrics.get_meter("klanten_plugin").create_histogram(
        NAME, unit="s", description="Duration of requests of the Klanten API"
    )
