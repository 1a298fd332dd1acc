"""The URLs of the full host, and a metrics endpoint for Prometheus."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from prometheus_client import generate_latest

from testapp.urls import urlpatterns as of_the_host


def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics of the OpenTelemetry exporter."""
    return HttpResponse(generate_latest(), content_type="text/plain")


urlpatterns = [path("metrics", metrics), *of_the_host]
