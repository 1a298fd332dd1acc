"""The beat schedule. Doesn't import Django, so that settings modules can import it."""

from __future__ import annotations

from typing import Any

RELAY = "klanten_plugin.outbox_relay"
"""Name of the task that finds rows of the outbox whose message was lost."""

CLEAN = "klanten_plugin.outbox_clean"
"""Name of the task that removes old completed rows, among other upkeep."""

HOUR = 3600.0
"""Not a day: if beat doesn't persist its schedule, each restart resets the interval."""

ROLLEN = "klanten_plugin.rollen_afstemmen"
"""Name of the task that requests a full pass of every service with roles."""

NHR_PLAN = "klanten_plugin.nhr_plan"
"""Name of the task that queues the klanten that are due for a refresh."""

LOOK = "klanten_plugin.rollen_look"
"""Name of the task that checks the lists of services with roles for changes."""

LOOK_INTERVAL = 30.0
"""Seconds between two runs of that task. ``KLANTEN_ROLLEN_LOOK_SECONDS`` is the time
between two looks at the same service."""

INDEX = "klanten_plugin.klanten_index"
"""Name of the task that updates the bitmaps of shared values."""

INDEX_INTERVAL = 20.0
"""Seconds between two updates. Requests evaluate the changes in between themselves."""

DAY = 24 * HOUR


def beat_schedule(
    outbox_interval: float = 30.0,
    rollen_interval: float = DAY,
    nhr_interval: float = 900.0,
) -> dict[str, dict[str, Any]]:
    """Return the entries for ``CELERY_BEAT_SCHEDULE``, to merge with the host's own.

    The arguments are intervals in seconds: ``outbox_interval`` of the relay,
    ``rollen_interval`` of full passes over all roles, and ``nhr_interval`` of queueing
    due klanten and reading KVK's signals.
    """
    return {
        RELAY: {"task": RELAY, "schedule": outbox_interval},
        CLEAN: {"task": CLEAN, "schedule": HOUR},
        INDEX: {"task": INDEX, "schedule": INDEX_INTERVAL},
        ROLLEN: {"task": ROLLEN, "schedule": rollen_interval},
        LOOK: {"task": LOOK, "schedule": LOOK_INTERVAL},
        NHR_PLAN: {"task": NHR_PLAN, "schedule": nhr_interval},
    }
