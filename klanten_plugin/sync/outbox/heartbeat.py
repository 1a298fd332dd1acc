"""When did beat last send its task, as far as this process can know?

Kept in the host's cache: a sign of life isn't worth a row. A cache that processes don't
share, or one that is away, knows nothing, and that is no trouble.
"""

from __future__ import annotations

import time

from django.core.cache import cache

import structlog

logger = structlog.stdlib.get_logger(__name__)

KEY = "klanten_plugin.beat"
KEEP_SECONDS = 7 * 24 * 3600


def note_beat() -> None:
    """The task of beat is being done, now."""
    try:
        cache.set(KEY, time.time(), KEEP_SECONDS)
    except Exception as error:  # noqa: BLE001 - each cache has its own
        logger.info("beat_not_noted", error=type(error).__name__)


def seconds_since_beat() -> float | None:
    """Its age; ``None`` where nothing is known."""
    try:
        moment = cache.get(KEY)
    except Exception as error:  # noqa: BLE001 - each cache has its own
        logger.info("beat_not_known", error=type(error).__name__)
        return None
    return max(0.0, time.time() - moment) if isinstance(moment, float) else None
