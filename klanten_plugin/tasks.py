"""The Celery tasks: a worker is told to look at the outbox, and does.

Names are explicit, so that a host may route them; there are no arguments that could
hold personal data. What beat must send is in :mod:`klanten_plugin.schedule`.
"""

from __future__ import annotations

import time
from typing import Any

from django.apps import apps
from django.db import DatabaseError

import structlog
from celery import current_app, shared_task
from kombu.pools import producers

from .conf import settings
from .constants import OutboxKind
from .schedule import CLEAN, NHR_PLAN, RELAY
from .sync.contactgegevens import queue_due
from .sync.kinds import HANDLERS
from .sync.mutaties import queue_poll
from .sync.outbox import due_kinds, work_off
from .sync.upkeep import remove_done

logger = structlog.stdlib.get_logger(__name__)

NOTIFICATIONS = "klanten_plugin.notifications"
NHR_OVERNAME = "klanten_plugin.nhr_overname"
NHR_SIGNALEN = "klanten_plugin.nhr_signalen"

BEAT_APP = "django_celery_beat"

RUN_SECONDS = 60.0
"""A task ends after so long, and has another one go on: workers must be able to stop."""

ROWS_PER_WORKER = 100
MAX_WORKERS = 8
"""As many tasks at most are sent at once for a backlog of one kind."""

PAUSE_SECONDS = 5.0
"""For so long no message is tried after one that the broker didn't take."""


@shared_task(name=NOTIFICATIONS, acks_late=True, ignore_result=True)
def deliver_notifications() -> None:
    """Deliver the notifications that are due."""
    _work_off(OutboxKind.NOTIFICATION)


@shared_task(name=NHR_OVERNAME, acks_late=True, ignore_result=True)
def take_over_contactgegevens() -> None:
    """Ask the NHR for the numbers that are due."""
    _work_off(OutboxKind.NHR_OVERNAME)


@shared_task(name=NHR_SIGNALEN, acks_late=True, ignore_result=True)
def read_signals() -> None:
    """Read what KVK signals to have changed."""
    _work_off(OutboxKind.NHR_SIGNALEN)


@shared_task(name=NHR_PLAN, acks_late=True, ignore_result=True)
def plan_nhr() -> None:
    """Find what must be asked of the NHR again, and look at KVK's signals."""
    queue_poll()
    if count := queue_due():
        hint(OutboxKind.NHR_OVERNAME)
        logger.info("nhr_queued", numbers=count)


@shared_task(name=RELAY, acks_late=True, ignore_result=True)
def relay() -> None:
    """Find the rows whose message was lost, and have workers look at them."""
    for kind, count in due_kinds().items():
        for _worker in range(min(-(-count // ROWS_PER_WORKER), MAX_WORKERS)):
            hint(kind)


@shared_task(name=CLEAN, acks_late=True, ignore_result=True)
def clean() -> None:
    """Remove the rows that were done long ago."""
    logger.info("outbox_cleaned", removed=remove_done())


TASKS: dict[OutboxKind, Any] = {
    OutboxKind.NOTIFICATION: deliver_notifications,
    OutboxKind.NHR_OVERNAME: take_over_contactgegevens,
    OutboxKind.NHR_SIGNALEN: read_signals,
}
"""The task of each kind."""


def _work_off(kind: OutboxKind) -> None:
    end = time.monotonic() + RUN_SECONDS
    run = work_off(kind, HANDLERS[kind], RUN_SECONDS)
    if run.stopped and time.monotonic() >= end:
        hint(kind)


def is_scheduled(task: str) -> bool:
    """Whether beat sends this task: by the host's settings, or by its database."""
    entries = (current_app.conf.beat_schedule or {}).values()
    if any(entry.get("task") == task for entry in entries):
        return True
    if not apps.is_installed(BEAT_APP):
        return False
    periodic = apps.get_model(BEAT_APP, "PeriodicTask")
    try:
        return bool(periodic.objects.filter(task=task, enabled=True).exists())
    except DatabaseError:  # not migrated yet
        return True


class _Broker:
    """When may the broker be asked again, in this process?"""

    quiet_until = 0.0


def hint(kind: OutboxKind) -> None:
    """Tell a worker to look at this kind: soon, or not at all.

    A request waits for it. So it is tried once, for a fraction of a second; and after
    a failure not at all for a while. The row is there: beat finds it.
    """
    if time.monotonic() < _Broker.quiet_until:
        return
    try:
        with _producer() as producer:
            TASKS[kind].apply_async(producer=producer, retry=False)
    except Exception as error:  # noqa: BLE001 - each broker has its own
        _Broker.quiet_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("outbox_hint_lost", kind=kind, error=type(error).__name__)


def _producer() -> Any:
    """A producer with the host's broker, but with time limits of our own."""
    seconds = settings.HINT_TIMEOUT
    connection = current_app.connection_for_write(
        connect_timeout=seconds,
        transport_options={
            # what Redis calls them
            "socket_connect_timeout": seconds,
            "socket_timeout": seconds,
            "retry_on_timeout": False,
            # what RabbitMQ calls them
            "read_timeout": seconds,
            "write_timeout": seconds,
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0,
            "interval_max": 0,
            "connect_retries_timeout": seconds,
        },
    )
    return producers[connection].acquire(block=True, timeout=seconds)
