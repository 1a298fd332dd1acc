"""Stand still when KVK refuses us, and say so in the admin.

A refusal (401, 403) isn't about one klant: whoever goes on asking is refused again, for
each of them. So all workers stop, until an administrator resumes or an hour has passed;
then one of them tries.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

import structlog

from ...exceptions import ConfigurationError
from ...models import KlantenConfig
from ...models.nhr import REASON_LENGTH

logger = structlog.stdlib.get_logger(__name__)

STOP_SECONDS = 3600.0


def require_running() -> None:
    """Raise :class:`ConfigurationError` where all of it stands still."""
    config = KlantenConfig.objects.filter(nhr_stopped_at__isnull=False).first()
    if config is None or config.nhr_stopped_at is None:
        return
    now = timezone.now()
    if config.nhr_stopped_at > now - timedelta(seconds=STOP_SECONDS):
        raise ConfigurationError(config.nhr_stopped_because)
    # one worker tries for all: the others find the new time
    ours = KlantenConfig.objects.filter(nhr_stopped_at=config.nhr_stopped_at)
    if not ours.update(nhr_stopped_at=now):
        raise ConfigurationError(config.nhr_stopped_because)


def stop(error: ConfigurationError) -> None:
    """Have everything stand still."""
    reason = str(error)[:REASON_LENGTH]
    KlantenConfig.get_solo()  # the row that is there from now on
    KlantenConfig.objects.update(
        nhr_stopped_at=timezone.now(), nhr_stopped_because=reason
    )
    logger.error("nhr_stopped", reason=reason)


def resume() -> None:
    """Go on: an administrator has looked at it, or an answer came."""
    stopped = KlantenConfig.objects.filter(nhr_stopped_at__isnull=False)
    if stopped.update(nhr_stopped_at=None, nhr_stopped_because=""):
        logger.info("nhr_resumed")
