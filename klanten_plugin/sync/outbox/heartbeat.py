"""The heartbeat of beat, stored in the host's cache.

A heartbeat isn't worth a database write. If the cache isn't shared or unavailable, the
heartbeat is unknown.
"""

from __future__ import annotations

import time

from django.core.cache import cache

import structlog

logger = structlog.stdlib.get_logger(__name__)

KEY = "klanten_plugin.beat"
KEEP_SECONDS = 7 * 24 * 3600


def note_beat() -> None:
    """Record that a worker runs beat's task now."""
    try:
        cache.set(KEY, time.time(), KEEP_SECONDS)
    except Exception as error:  # noqa: BLE001 - each cache has its own
        logger.info("beat_not_noted", error=type(error).__name__)


def seconds_since_beat() -> float | None:
    """Return the seconds since the last heartbeat, or ``None`` if it is unknown."""
    try:
        moment = cache.get(KEY)
    except Exception as error:  # noqa: BLE001 - each cache has its own
        logger.info("beat_not_known", error=type(error).__name__)
        return None
    return max(0.0, time.time() - moment) if isinstance(moment, float) else None
