"""What beat must send. Imports nothing of Django's, so that settings can import it."""

from __future__ import annotations

from typing import Any

RELAY = "klanten_plugin.outbox_relay"
"""Name of the task that finds rows of the outbox whose message was lost."""

CLEAN = "klanten_plugin.outbox_clean"
"""Name of the task that removes what was done long ago."""

HOUR = 3600.0
"""Not a day: where beat doesn't keep its schedule, each restart counts anew."""


def beat_schedule(outbox_interval: float = 30.0) -> dict[str, dict[str, Any]]:
    """The entries for ``CELERY_BEAT_SCHEDULE``, to be merged with the host's own.

    ``outbox_interval`` is the number of seconds between two looks at the outbox.
    """
    return {
        RELAY: {"task": RELAY, "schedule": outbox_interval},
        CLEAN: {"task": CLEAN, "schedule": HOUR},
    }
