"""Keep unresponsive subjects from blocking the host's processes.

Each process checks only a few subjects at once. A host that caused a timeout isn't
queried again for a while, by any process that shares the host's cache.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache

import structlog

from ...conf import settings

logger = structlog.stdlib.get_logger(__name__)

REST_SECONDS = 60.0
"""How long a host isn't queried after a request to it timed out."""
PATIENCE_SECONDS = 1.0
"""Maximum seconds that a request waits for a free slot."""

_changed = threading.Condition()
_running: set[object] = set()


class TooBusy(Exception):
    """Too many subjects are being checked in this process."""


@contextmanager
def one_of_a_few() -> Iterator[None]:
    """Occupy one of ``KLANTEN_SUBJECT_CHECKS`` slots. Raises :class:`TooBusy`."""
    turn = object()
    with _changed:
        if not _changed.wait_for(_has_room, PATIENCE_SECONDS):
            raise TooBusy
        _running.add(turn)
    try:
        yield
    finally:
        with _changed:
            _running.discard(turn)
            _changed.notify()


def _has_room() -> bool:
    return len(_running) < settings.SUBJECT_CHECKS


def is_silent(host: str) -> bool:
    """Whether a request to this host timed out recently."""
    try:
        return bool(cache.get(_key(host)))
    except Exception as error:  # noqa: BLE001 - each cache has its own
        logger.warning("subject_cache_unavailable", error=type(error).__name__)
        return False


def remember_silence(host: str) -> None:
    """Skip this host for ``REST_SECONDS``."""
    logger.warning("subject_host_silent", host=host)
    try:
        cache.set(_key(host), 1, timeout=REST_SECONDS)
    except Exception as error:  # noqa: BLE001 - each cache has its own
        logger.warning("subject_cache_unavailable", error=type(error).__name__)


def _key(host: str) -> str:
    # a hash, because consumers choose the names, and caches refuse some characters
    digest = hashlib.sha256(host.rstrip(".").lower().encode()).hexdigest()
    return f"klanten_plugin.silent.{digest}"
