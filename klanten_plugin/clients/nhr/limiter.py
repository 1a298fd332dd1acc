"""Limit the requests to KVK per second, over all workers.

They are counted in Redis. The monthly budget is counted in PostgreSQL, where it can't
be lost by emptying a cache: see :mod:`.budget`. Both are counted before the request is
sent, so that requests of a worker that dies are included. If either can't be counted,
no request is sent.
"""

from __future__ import annotations

import time
from functools import cache

from django.utils.translation import gettext as _

from limits import RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from ...conf import limiter_url, settings
from ...exceptions import ConfigurationError, NotNow
from .budget import take

KEY = "klanten_plugin.kvk"
PATIENCE_SECONDS = 10.0
"""Maximum seconds that a worker waits for its turn, before the row is postponed."""

REDIS_SECONDS = 2.0


def acquire(*, paid: bool) -> None:
    """Count a request, and wait until it is allowed.

    Raises :class:`NotNow` if it isn't allowed now, and :class:`ConfigurationError` if
    there is no storage to count in.
    """
    wait_for_turn()
    take(paid=paid)


def wait_for_turn() -> None:
    limiter = MovingWindowRateLimiter(_storage(limiter_url()))
    limit = RateLimitItemPerSecond(settings.NHR_REQUESTS_PER_SECOND)
    end = time.monotonic() + PATIENCE_SECONDS
    try:
        while not limiter.hit(limit, KEY):
            if time.monotonic() > end:
                raise NotNow(
                    _("Er gaan te veel aanvragen tegelijk naar KVK."), PATIENCE_SECONDS
                )
            free_at = limiter.get_window_stats(limit, KEY).reset_time
            time.sleep(min(max(free_at - time.time(), 0.005), 1.0))
    except StorageError as error:
        raise NotNow(
            _(
                "De aanvragen aan KVK kunnen niet geteld worden: Redis is niet bereikbaar."
            )
        ) from error


def can_count() -> bool:
    """Whether requests can be counted now.

    Raises :class:`ConfigurationError` if there is no storage to count in.
    """
    return bool(_storage(limiter_url()).check())


@cache
def _storage(url: str) -> Storage:
    if not url:
        raise ConfigurationError(
            _(
                "Er is niets om aanvragen aan KVK mee te tellen: zet "
                "KLANTEN_NHR_LIMITER_URL."
            )
        )
    options = {}
    if url.startswith("redis"):
        options = {
            "socket_connect_timeout": REDIS_SECONDS,
            "socket_timeout": REDIS_SECONDS,
        }
    try:
        storage = storage_from_string(url, wrap_exceptions=True, **options)
    except Exception as error:  # each storage raises its own
        raise ConfigurationError(
            _("KLANTEN_NHR_LIMITER_URL is niet te gebruiken ({error}).").format(
                error=type(error).__name__
            )
        ) from error
    assert isinstance(storage, Storage)
    return storage
