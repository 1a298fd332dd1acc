"""Will the work that waits be done: is there a beat, a cache, and something to count in?"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.core.checks import CheckMessage

from ..conf import default_cache_backend, limiter_url
from ..models import NhrBron
from ..schedule import NHR_PLAN, RELAY
from ..tasks import is_eager, is_scheduled
from .messages import database_check, found, host_check, is_migrated

BEAT_APP = "django_celery_beat"

NO_CACHE = "django.core.cache.backends.dummy.DummyCache"
OF_ONE_PROCESS = "django.core.cache.backends.locmem.LocMemCache"


@host_check
def check_beat() -> Iterator[CheckMessage]:
    """Beat looks after messages that were lost: the settings say so, or nothing does."""
    if not is_scheduled(RELAY) and not apps.is_installed(BEAT_APP):
        yield found("W002")


@database_check
def check_beat_in_database() -> Iterator[CheckMessage]:
    """Where beat reads its schedule from the database, it is there."""
    if apps.is_installed(BEAT_APP) and not _is_planned(RELAY):
        yield found("W002")


@database_check
def check_nhr() -> Iterator[CheckMessage]:
    """What is needed to ask KVK within its contract is there, where it is asked."""
    if not NhrBron.objects.active().exists():
        return
    if not limiter_url():
        yield found("W004")
    if not _is_planned(NHR_PLAN):
        yield found("W005")


def _is_planned(task: str) -> bool:
    """Whether the settings or the tables of django-celery-beat have beat send a task."""
    if is_scheduled(task):
        return True
    if not apps.is_installed(BEAT_APP):
        return False
    periodic = apps.get_model(BEAT_APP, "PeriodicTask")
    if not is_migrated(periodic):  # the host's own migrations are still to be done
        return True
    enabled = periodic._default_manager.filter(task=task, enabled=True)
    return bool(enabled.exists())


@host_check
def check_cache() -> Iterator[CheckMessage]:
    """The default cache is one that processes share."""
    backend = default_cache_backend()
    if backend == NO_CACHE:
        yield found("W052", backend=backend)
    elif backend == OF_ONE_PROCESS:
        yield found("W053", backend=backend)


@host_check
def check_eager() -> Iterator[CheckMessage]:
    """Tasks are done by workers, not by the request that asks for them."""
    if is_eager():
        yield found("W054")
