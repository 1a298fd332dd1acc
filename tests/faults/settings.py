"""The full host, in more of a hurry: leases are short, and beat looks every second."""

from __future__ import annotations

from klanten_plugin.schedule import beat_schedule
from testapp.settings import *  # noqa: F403

CELERY_BEAT_SCHEDULE = beat_schedule(outbox_interval=1.0)
KLANTEN_OUTBOX_LEASE = 6.0
