"""The full host with shorter intervals: short leases, and beat ticks every second."""

from __future__ import annotations

import os
from datetime import timedelta
from importlib.util import find_spec

from django.utils import timezone

from klanten_plugin.schedule import beat_schedule
from testapp.settings import *  # noqa: F403
from tests.faults.variables import BROKER_URL, CLOCK_AHEAD

if broker := os.environ.get(BROKER_URL):
    CELERY_BROKER_URL = broker

if ahead := float(os.environ.get(CLOCK_AHEAD) or 0):
    real_now = timezone.now
    timezone.now = lambda: real_now() + timedelta(seconds=ahead)

# as in Open Zaak
SOLO_CACHE = "default"

CELERY_BEAT_SCHEDULE = beat_schedule(outbox_interval=1.0)
KLANTEN_OUTBOX_LEASE = 6.0

if find_spec("opentelemetry.exporter.prometheus"):
    from opentelemetry import metrics
    from opentelemetry.exporter.prometheus import PrometheusMetricReader
    from opentelemetry.sdk.metrics import MeterProvider

    metrics.set_meter_provider(MeterProvider([PrometheusMetricReader()]))
    ROOT_URLCONF = "tests.faults.urls"
