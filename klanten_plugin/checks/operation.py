"""Checks of operation: beat, the cache, Celery, and the storage of the limiter."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.core.checks import CheckMessage

from ..conf import host_settings, limiter_url
from ..models import NhrBron
from ..schedule import INDEX, NHR_PLAN, RELAY
from ..tasks import is_eager, is_scheduled
from .messages import database_check, found, host_check, is_migrated

BEAT_APP = "django_celery_beat"

NO_CACHE = "django.core.cache.backends.dummy.DummyCache"
OF_ONE_PROCESS = "django.core.cache.backends.locmem.LocMemCache"


@host_check
def check_beat() -> Iterator[CheckMessage]:
    """Check that beat schedules the relay and the bitmaps, if the settings say so."""
    if not apps.is_installed(BEAT_APP):
        yield from _unplanned()


@database_check
def check_beat_in_database() -> Iterator[CheckMessage]:
    """Check the same if the database has the schedule."""
    if apps.is_installed(BEAT_APP):
        yield from _unplanned()


def _unplanned() -> Iterator[CheckMessage]:
    if not _is_planned(RELAY):
        yield found("W002")
    elif not _is_planned(INDEX):
        yield found("W021")


@database_check
def check_nhr() -> Iterator[CheckMessage]:
    """Check the requirements of a source of the NHR: a counter and beat."""
    if not NhrBron.objects.active().exists():
        return
    if not limiter_url():
        yield found("W004")
    if not _is_planned(NHR_PLAN):
        yield found("W005")


def _is_planned(task: str) -> bool:
    """Whether the settings or django-celery-beat schedule a task."""
    if is_scheduled(task):
        return True
    if not apps.is_installed(BEAT_APP):
        return False
    periodic = apps.get_model(BEAT_APP, "PeriodicTask")
    if not is_migrated(periodic):  # the host has unapplied migrations
        return True
    enabled = periodic._default_manager.filter(task=task, enabled=True)
    return bool(enabled.exists())


@host_check
def check_cache() -> Iterator[CheckMessage]:
    """Check that processes share the default cache."""
    backend = host_settings.CACHES["default"]["BACKEND"]
    if backend == NO_CACHE:
        yield found("W052", backend=backend)
    elif backend == OF_ONE_PROCESS:
        yield found("W053", backend=backend)


@host_check
def check_eager() -> Iterator[CheckMessage]:
    """Check that workers run the tasks, instead of the sending process."""
    if is_eager():
        yield found("W054")
