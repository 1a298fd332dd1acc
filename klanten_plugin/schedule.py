"""What beat must send. Imports nothing of Django's, so that settings can import it."""

from __future__ import annotations

from typing import Any

RELAY = "klanten_plugin.outbox_relay"
"""Name of the task that finds rows of the outbox whose message was lost."""

CLEAN = "klanten_plugin.outbox_clean"
"""Name of the task that removes what was done long ago."""

HOUR = 3600.0
"""Not a day: where beat doesn't keep its schedule, each restart counts anew."""

ROLLEN = "klanten_plugin.rollen_afstemmen"
"""Name of the task that has the roles of every service read."""

NHR_PLAN = "klanten_plugin.nhr_plan"
"""Name of the task that finds klanten whose contact data must be asked for again."""

LOOK = "klanten_plugin.rollen_look"
"""Name of the task that looks whether the list of a service with roles changed."""

LOOK_INTERVAL = 30.0
"""Seconds between two of its calls; ``KLANTEN_ROLLEN_LOOK_SECONDS`` says how long the
last look at a service must be ago."""

INDEX = "klanten_plugin.klanten_index"
"""Name of the task that brings the bitmaps of shared values up to date."""

INDEX_INTERVAL = 20.0
"""Seconds between two of its calls: a request looks at what changed in between."""

DAY = 24 * HOUR


def beat_schedule(
    outbox_interval: float = 30.0,
    rollen_interval: float = DAY,
    nhr_interval: float = 900.0,
) -> dict[str, dict[str, Any]]:
    """The entries for ``CELERY_BEAT_SCHEDULE``, to be merged with the host's own.

    ``outbox_interval`` is the number of seconds between two looks at the outbox,
    ``rollen_interval`` that between two times that all roles are read,
    ``nhr_interval`` that between two looks at what is due, and at KVK's signals.
    """
    return {
        RELAY: {"task": RELAY, "schedule": outbox_interval},
        CLEAN: {"task": CLEAN, "schedule": HOUR},
        INDEX: {"task": INDEX, "schedule": INDEX_INTERVAL},
        ROLLEN: {"task": ROLLEN, "schedule": rollen_interval},
        LOOK: {"task": LOOK, "schedule": LOOK_INTERVAL},
        NHR_PLAN: {"task": NHR_PLAN, "schedule": nhr_interval},
    }
