"""The Celery tasks: process the outbox, and scheduled upkeep.

Task names are explicit, so that a host can route them. Tasks have no arguments that
could contain personal data. :mod:`klanten_plugin.schedule` has the beat schedule.

Messages are acknowledged on receipt, because nothing depends on them: rows are found
again by the relay, and upkeep runs again within the hour. With ``acks_late``, Celery can
cancel a delivery that has just succeeded when the connection to the broker is lost, and
kombu 5.7 ends the worker if Redis stops while messages are unacknowledged. Only the
daily task that requests full passes keeps ``acks_late``: it takes milliseconds, and the
next one is a day away.
"""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from typing import Any

import structlog
from celery import current_app, shared_task
from celery.signals import worker_shutting_down
from kombu.pools import producers

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
from .sync.outbox.run import Ended, Run, busy, due
from .sync.outbox.stopping import request_stop
from .sync.outbox.threads import work_off_together
from .sync.outbox.upkeep import remove_done
from .sync.rollen.looking import look_at_bronnen

logger = structlog.stdlib.get_logger(__name__)

NOTIFICATIONS = "klanten_plugin.notifications"
"""Name of the task that delivers notifications; the others have that of their kind."""

RUN_SECONDS = 20.0
"""Maximum duration of a task. Remaining rows are left to a next task, so that workers
can be stopped and other tasks of the host get their turn."""

ROWS_PER_WORKER = 100
MAX_WORKERS = 8
"""Maximum number of tasks that are sent at once for a backlog of one kind."""

HINT_SECONDS = 0.4
"""How long a request waits for the broker. Beat finds rows of lost messages."""

PAUSE_SECONDS = 5.0
"""Seconds without further messages after the broker failed to accept one."""

REST_SECONDS = 10.0
MOST_REST_SECONDS = 60.0
"""Minimum and maximum seconds for which a worker process skips a kind whose remote is
down. A ``Retry-After`` of the remote is honoured within these bounds. This keeps a slow
remote from occupying the workers, and gives an overloaded one time to recover."""


@shared_task(name=NHR_PLAN, ignore_result=True)
def plan_nhr() -> None:
    """Queue the klanten that are due for a refresh, and reading KVK's signals."""
    queue_poll()
    if count := queue_due():
        wake(OutboxKind.NHR_VERVERSING, count)
        logger.info("nhr_queued", numbers=count)


@shared_task(name=RELAY, ignore_result=True)
def relay() -> None:
    """Find due rows whose message was lost, and wake workers for them."""
    note_beat()
    release_stranded()
    for kind in OutboxKind:
        wanted = workers_for(due(kind, ROWS_PER_WORKER * MAX_WORKERS))
        # at least one, because the busy workers may have been killed
        for _worker in range(max(wanted - busy(kind), min(wanted, 1))):
            hint(kind)


@shared_task(name=CLEAN, ignore_result=True)
def clean() -> None:
    """Remove old rows, recount the klanten, and list possible duplicates."""
    logger.info("outbox_cleaned", removed=remove_done())
    forget_notifications()
    logger.info("duplicates_found", groups=refresh_duplicates())
    if corrected := recount_klanten():
        logger.warning("klanten_recounted", corrected=corrected)
        rebuild()
    else:
        # for a schedule without the task of the bitmaps: the list of changes must end
        catch_up()


@shared_task(name=INDEX, ignore_result=True)
def index_klanten() -> None:
    """Update the bitmaps of values that many klanten share."""
    catch_up()


@shared_task(name=ROLLEN, acks_late=True, ignore_result=True)
def reconcile_rollen() -> None:
    """Queue a full pass over the roles of every service."""
    request_passes()


@shared_task(name=LOOK, ignore_result=True)
def look_at_rollen() -> None:
    """Check the lists of services with roles for changes."""
    look_at_bronnen(early=LOOK_INTERVAL)


def _make_task(kind: OutboxKind) -> Any:
    is_delivery = kind == OutboxKind.NOTIFICATION
    name = NOTIFICATIONS if is_delivery else f"klanten_plugin.{kind.value}"

    @shared_task(name=name, ignore_result=True)
    def work() -> None:
        _work_off(kind)

    return work


TASKS = {kind: _make_task(kind) for kind in OutboxKind}
"""The task of each kind."""


resting_until: dict[OutboxKind, float] = {}
"""The kinds that this process skips, each until a time of the monotonic clock."""


@worker_shutting_down.connect
def end_runs(**_: Any) -> None:  # Any: the signal's arguments
    """End the runs of a worker that received SIGTERM. Sent in its main process."""
    request_stop()


def _work_off(kind: OutboxKind) -> None:
    if time.monotonic() < resting_until.get(kind, 0.0):
        return
    run = work_off_together(kind, HANDLERS[kind], RUN_SECONDS)
    if run.ended is Ended.FAILING:
        _rest(kind, run)
    elif run.ended is Ended.TIME:
        hint(kind)


def _rest(kind: OutboxKind, run: Run) -> None:
    seconds = min(max(run.retry_after, REST_SECONDS), MOST_REST_SECONDS)
    resting_until[kind] = time.monotonic() + seconds
    logger.warning("outbox_remote_down", kind=kind, seconds=seconds)


def is_eager() -> bool:
    """Whether tasks run in the sending process: Celery's ``task_always_eager``."""
    return bool(current_app.conf.task_always_eager)


def is_scheduled(task: str) -> bool:
    """Whether the beat schedule in the host's settings has this task."""
    entries = (current_app.conf.beat_schedule or {}).values()
    return any(
        isinstance(entry, dict) and entry.get("task") == task for entry in entries
    )


def extend_beat_schedule() -> None:
    """Add the plugin's entries to the beat schedule of a configured Celery app.

    Entries of the host are kept, including those with the name of one of ours.
    """
    if current_app.configured:
        conf: MutableMapping[str, Any] = current_app.conf
        conf["beat_schedule"] = beat_schedule() | (conf["beat_schedule"] or {})


def tasks_of_workers(connection: Any, seconds: float) -> dict[str, list[str]]:
    """Return the registered task names by name of the worker.

    Workers that don't answer within ``seconds`` over this broker connection are
    omitted.
    """
    inspect = current_app.control.inspect(timeout=seconds, connection=connection)
    return inspect.registered() or {}


def unread_queues(connection: Any, seconds: float) -> dict[str, list[str]]:
    """Return the plugin's tasks in queues without a worker, by name of the queue.

    Workers must answer within ``seconds`` over this broker connection.
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


quiet_until: dict[str, float] = {}
"""The brokers to which this process sends nothing, by URL, each until such a time."""
_producers: dict[str, Any] = {}
"""The pool of the current broker: looking it up takes longer than sending."""


def workers_for(rows: int) -> int:
    """Return how many workers to wake for this many rows: one per 100, at most 8."""
    return min(-(-rows // ROWS_PER_WORKER), MAX_WORKERS)


def wake(kind: OutboxKind, rows: int) -> None:
    """Send a hint to each worker that should wake for this many new rows."""
    for _worker in range(workers_for(rows)):
        hint(kind)


def hint(kind: OutboxKind) -> None:
    """Send the task of this kind, without guarantee.

    A request waits for it, so it is tried once, for at most ``HINT_SECONDS``, and after
    a failure not at all for a while. If no message is sent, beat finds the row.
    """
    broker = current_app.conf.broker_write_url
    if time.monotonic() < quiet_until.get(broker, 0.0):
        return
    task = TASKS[kind]
    try:
        with _producer(broker) as producer:
            task.apply_async(producer=producer, retry=False)
    except Exception as error:  # noqa: BLE001 - each broker raises its own
        quiet_until[broker] = time.monotonic() + PAUSE_SECONDS
        logger.warning("outbox_hint_lost", kind=kind, error=type(error).__name__)


def _producer(broker: str) -> Any:
    if broker not in _producers:
        _producers.clear()
        _producers[broker] = producers[broker_connection(HINT_SECONDS)]
    return _producers[broker].acquire(block=True, timeout=HINT_SECONDS)


def load_broker_transport() -> None:
    """Import the transport of the host's broker. Makes no connection."""
    _ = broker_connection(HINT_SECONDS).transport_cls


def broker_connection(seconds: float) -> Any:
    """Return a connection to the host's broker with timeouts of ``seconds``."""
    return current_app.connection_for_write(
        connect_timeout=seconds,
        transport_options={
            # names for Redis
            "socket_connect_timeout": seconds,
            "socket_timeout": seconds,
            "retry_on_timeout": False,
            # names for RabbitMQ
            "read_timeout": seconds,
            "write_timeout": seconds,
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0,
            "interval_max": 0,
            "connect_retries_timeout": seconds,
        },
    )
