"""The Celery tasks: a worker is told to look at the outbox, and does.

Names are explicit, so that a host may route them; there are no arguments that could
hold personal data. What beat must send is in :mod:`klanten_plugin.schedule`.
"""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from typing import Any, ClassVar

import structlog
from celery import current_app, shared_task
from kombu.pools import producers

from .conf import settings
from .constants import OutboxKind
from .domain.klanten.bitmaps import catch_up, rebuild
from .domain.klanten.duplicates import refresh_duplicates
from .domain.klanten.pages import recount_klanten
from .domain.rollen.inbox import forget_notifications
from .domain.rollen.sources import request_passes
from .schedule import (
    CLEAN,
    INDEX,
    LOOK,
    LOOK_INTERVAL,
    NHR_PLAN,
    RELAY,
    ROLLEN,
    beat_schedule,
)
from .sync.handlers import HANDLERS
from .sync.nhr.due import queue_due
from .sync.nhr.signals import queue_poll
from .sync.outbox.heartbeat import note_beat
from .sync.outbox.queueing import release_stranded
from .sync.outbox.run import Ended, Run, busy, due, work_off
from .sync.outbox.upkeep import remove_done
from .sync.rollen.looking import look_at_bronnen

logger = structlog.stdlib.get_logger(__name__)

NOTIFICATIONS = "klanten_plugin.notifications"

RUN_SECONDS = 20.0
"""A task ends after so long, and has another one go on: workers must be able to stop,
and other tasks of the host want their turn."""

ROWS_PER_WORKER = 100
MAX_WORKERS = 8
"""As many tasks at most are sent at once for a backlog of one kind."""

PAUSE_SECONDS = 5.0
"""For so long no message is tried after one that the broker didn't take."""

REST_SECONDS = 10.0
MOST_REST_SECONDS = 60.0
"""For so long a worker process leaves a kind alone whose remote is down: at least, and
at most where the remote asks for more. Otherwise a remote that lets everyone wait would
hold the workers of the host, and one that is overloaded would stay so."""


@shared_task(name=NOTIFICATIONS, acks_late=True, ignore_result=True)
def deliver_notifications() -> None:
    """Deliver the notifications that are due."""
    _work_off(OutboxKind.NOTIFICATION)


@shared_task(name=NHR_PLAN, acks_late=True, ignore_result=True)
def plan_nhr() -> None:
    """Find what must be asked of the NHR again, and look at KVK's signals."""
    queue_poll()
    if count := queue_due():
        wake(OutboxKind.NHR_VERVERSING, count)
        logger.info("nhr_queued", numbers=count)


@shared_task(name=RELAY, acks_late=True, ignore_result=True)
def relay() -> None:
    """Find the rows whose message was lost, and have workers look at them."""
    note_beat()
    release_stranded()
    for kind in OutboxKind:
        wanted = workers_for(due(kind, ROWS_PER_WORKER * MAX_WORKERS))
        # one in any case: who is busy may have been killed
        for _worker in range(max(wanted - busy(kind), min(wanted, 1))):
            hint(kind)


@shared_task(name=CLEAN, acks_late=True, ignore_result=True)
def clean() -> None:
    """Remove what was done long ago, count klanten, look for possible duplicates."""
    logger.info("outbox_cleaned", removed=remove_done())
    forget_notifications()
    logger.info("duplicates_found", groups=refresh_duplicates())
    if corrected := recount_klanten():
        logger.warning("klanten_recounted", corrected=corrected)
        rebuild()


@shared_task(name=INDEX, acks_late=True, ignore_result=True)
def index_klanten() -> None:
    """Bring the bitmaps of values that many klanten share up to date."""
    catch_up()


@shared_task(name=ROLLEN, acks_late=True, ignore_result=True)
def reconcile_rollen() -> None:
    """Have the roles of every service read; the outbox does the rest."""
    request_passes()


@shared_task(name=LOOK, acks_late=True, ignore_result=True)
def look_at_rollen() -> None:
    """Look whether the lists of services with roles changed."""
    look_at_bronnen(early=LOOK_INTERVAL)


def _make_task(kind: OutboxKind) -> Any:
    @shared_task(
        name=f"klanten_plugin.{kind.value}", acks_late=True, ignore_result=True
    )
    def work() -> None:
        _work_off(kind)

    return work


TASKS: dict[OutboxKind, Any] = {
    kind: _make_task(kind) for kind in OutboxKind if kind != OutboxKind.NOTIFICATION
} | {OutboxKind.NOTIFICATION: deliver_notifications}
"""The task of each kind; that of notifications has the name that hosts route."""


class _Resting:
    """Which kinds does this process leave alone, and until when?"""

    until: ClassVar[dict[OutboxKind, float]] = {}


def _work_off(kind: OutboxKind) -> None:
    if time.monotonic() < _Resting.until.get(kind, 0.0):
        return
    run = work_off(kind, HANDLERS[kind], RUN_SECONDS)
    if run.ended is Ended.FAILING:
        _rest(kind, run)
    elif run.ended is Ended.TIME:
        hint(kind)


def _rest(kind: OutboxKind, run: Run) -> None:
    seconds = min(max(run.retry_after, REST_SECONDS), MOST_REST_SECONDS)
    _Resting.until[kind] = time.monotonic() + seconds
    logger.warning("outbox_remote_down", kind=kind, seconds=seconds)


def is_eager() -> bool:
    """Whether tasks are done by who sends them: Celery's ``task_always_eager``."""
    return bool(current_app.conf.task_always_eager)


def is_scheduled(task: str) -> bool:
    """Whether the host's settings have beat send this task."""
    entries = (current_app.conf.beat_schedule or {}).values()
    return any(
        isinstance(entry, dict) and entry.get("task") == task for entry in entries
    )


def extend_beat_schedule() -> None:
    """Add our entries to the schedule of a Celery app that has read its settings already.

    Entries of the host stay as they are, also those under one of our names.
    """
    if current_app.configured:
        conf: MutableMapping[str, Any] = current_app.conf
        conf["beat_schedule"] = beat_schedule() | (conf["beat_schedule"] or {})


def tasks_of_workers(connection: Any, seconds: float) -> dict[str, list[str]]:
    """Return the names of the tasks that each worker has, by the name of the worker.

    Workers get so many seconds to answer over this connection with the broker; those
    that don't are left out.
    """
    inspect = current_app.control.inspect(timeout=seconds, connection=connection)
    return inspect.registered() or {}


def unread_queues(connection: Any, seconds: float) -> dict[str, list[str]]:
    """Return our tasks that go to a queue no worker reads, by the name of the queue.

    Workers get so many seconds to answer over this connection with the broker.
    """
    inspect = current_app.control.inspect(timeout=seconds, connection=connection)
    answers = inspect.active_queues() or {}
    read = {queue["name"] for queues in answers.values() for queue in queues}
    unread: dict[str, list[str]] = {}
    for name in sorted({*(task.name for task in TASKS.values()), *beat_schedule()}):
        queue = current_app.amqp.router.route({}, name)["queue"].name
        if queue not in read:
            unread.setdefault(queue, []).append(name)
    return unread


class _Broker:
    """When may the broker be asked again, in this process?"""

    quiet_until = 0.0


def workers_for(rows: int) -> int:
    """The number of workers to wake for so many rows: one per 100, at most 8."""
    return min(-(-rows // ROWS_PER_WORKER), MAX_WORKERS)


def wake(kind: OutboxKind, rows: int) -> None:
    """Send as many hints as there are workers to wake for so many new rows."""
    for _worker in range(workers_for(rows)):
        hint(kind)


def hint(kind: OutboxKind) -> None:
    """Tell a worker to look at this kind: soon, or not at all.

    A request waits for it. So it is tried once, for a fraction of a second; and after
    a failure not at all for a while. The row is there: beat finds it.
    """
    if time.monotonic() < _Broker.quiet_until:
        return
    task = TASKS[kind]
    try:
        with _producer() as producer:
            task.apply_async(producer=producer, retry=False)
    except Exception as error:  # noqa: BLE001 - each broker has its own
        _Broker.quiet_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("outbox_hint_lost", kind=kind, error=type(error).__name__)


def _producer() -> Any:
    seconds = settings.HINT_TIMEOUT
    connection = broker_connection(seconds)
    return producers[connection].acquire(block=True, timeout=seconds)


def broker_connection(seconds: float) -> Any:
    """A connection with the host's broker, with time limits of our own."""
    return current_app.connection_for_write(
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
