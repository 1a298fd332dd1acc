"""The messages to workers, and the tasks that process them."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

import pytest
from celery import current_app
from celery.signals import worker_shutting_down

from klanten_plugin import tasks
from klanten_plugin.constants import ORDERED_KINDS, OutboxKind, OutboxState
from klanten_plugin.domain.outbox import add_row, announced_together
from klanten_plugin.models import OutboxRow
from klanten_plugin.schedule import (
    CLEAN,
    INDEX,
    LOOK,
    NHR_PLAN,
    RELAY,
    ROLLEN,
    beat_schedule,
)
from klanten_plugin.sync.handlers import HANDLERS
from klanten_plugin.sync.outbox import stopping
from klanten_plugin.sync.outbox.claims import claim
from klanten_plugin.sync.outbox.heartbeat import KEY, seconds_since_beat
from klanten_plugin.sync.outbox.run import FAILURES_IN_A_ROW
from klanten_plugin.tasks import TASKS, clean, hint, relay
from tests.api_client import ApiClient
from tests.bodies import full_body
from tests.brokers import Messages, broker, use_broker, useless_broker
from tests.notificaties import Peer, needs_notifications, notifications, nrc
from tests.outbox import NOTIFICATION, add, ago, make_due

__all__ = ["broker", "notifications", "nrc"]

pytestmark = pytest.mark.django_db

BSN = "900222086"

deliver_notifications = TASKS[OutboxKind.NOTIFICATION]


@pytest.fixture(autouse=True)
def _well_rested() -> Iterator[None]:
    """Reset the state that a process keeps between tests."""
    tasks.resting_until.clear()
    yield
    stopping.flag[0] = 0
    tasks.resting_until.clear()
    tasks.quiet_until.clear()


def test_every_kind_has_who_does_it() -> None:
    assert set(HANDLERS) == set(TASKS) == set(OutboxKind)
    assert set(OutboxKind) >= ORDERED_KINDS


@pytest.mark.parametrize("task", [*TASKS.values(), relay, clean], ids=lambda t: t.name)
def test_tasks_can_be_routed_and_survive_the_loss_of_the_broker(task: Any) -> None:
    """An unacknowledged message would have Celery cancel the task, or end the worker.

    ``tests/faults`` loses workers and messages: the relay finds their rows.
    """
    assert task.name.startswith("klanten_plugin.")
    assert current_app.tasks[task.name] == task
    assert not task.acks_late


def test_what_beat_sends_exists() -> None:
    schedule = beat_schedule(outbox_interval=12)
    assert {entry["task"] for entry in schedule.values()} == {
        RELAY,
        CLEAN,
        INDEX,
        ROLLEN,
        NHR_PLAN,
        LOOK,
    }
    assert {RELAY, CLEAN, INDEX, ROLLEN, NHR_PLAN, LOOK} <= set(current_app.tasks)
    assert schedule[RELAY]["schedule"] == 12


class TestDeliver:
    pytestmark = needs_notifications

    def test_what_is_due(self, nrc: Peer) -> None:
        tasks_ = [add("a"), add("b"), add("a")]
        deliver_notifications()
        assert len(nrc.messages) == len(tasks_)
        deliver_notifications()
        assert len(nrc.messages) == len(tasks_)

    def test_a_backlog_that_takes_longer_goes_on_in_the_next_task(
        self, nrc: Peer, broker: Messages, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(tasks, "RUN_SECONDS", 0)
        add("a")
        deliver_notifications()
        assert broker.names() == [deliver_notifications.name]
        assert nrc.messages == []

    @pytest.mark.parametrize(
        "disturbance",
        [
            {"kind": "status", "status": 500},
            {"kind": "status", "status": 403},
            {"kind": "status", "status": 429, "headers": {"Retry-After": "9999"}},
        ],
        ids=lambda disturbance: disturbance["status"],
    )
    def test_a_remote_that_is_down_is_left_alone_for_a_while(
        self, nrc: Peer, broker: Messages, disturbance: dict[str, Any]
    ) -> None:
        for each in range(FAILURES_IN_A_ROW):
            add(f"k-{each}")
        nrc.misbehave(disturbance)
        deliver_notifications()
        assert broker.names() == []
        nrc.misbehave()
        make_due()
        deliver_notifications()
        assert nrc.messages == []
        # but not forever, whatever it requested
        tasks.resting_until[NOTIFICATION] -= tasks.MOST_REST_SECONDS
        make_due()
        deliver_notifications()
        assert len(nrc.messages) == FAILURES_IN_A_ROW

    def test_a_worker_that_stops_leaves_the_rest_to_others(
        self, nrc: Peer, broker: Messages
    ) -> None:
        add("a")
        worker_shutting_down.send(sender="worker@host", sig="SIGTERM", how="Warm")
        deliver_notifications()
        assert nrc.messages == []
        assert broker.names() == [deliver_notifications.name]


class TestRelay:
    @pytest.mark.parametrize(
        ("rows", "hints"), [(0, 0), (1, 1), (100, 1), (101, 2), (950, 8)]
    )
    def test_a_backlog_gets_workers(
        self, broker: Messages, rows: int, hints: int
    ) -> None:
        fill(rows)
        relay()
        assert broker.names() == [deliver_notifications.name] * hints

    def test_it_is_a_sign_of_life(self, broker: Messages, settings: Any) -> None:
        """Independent of how long the host's cache keeps its own values."""
        backend = "django.core.cache.backends.locmem.LocMemCache"
        settings.CACHES = {"default": {"BACKEND": backend, "TIMEOUT": 0}}
        cache.delete(KEY)
        assert seconds_since_beat() is None
        relay()
        assert seconds_since_beat() is not None

    def test_what_nobody_can_take_is_nobodys_work(self, broker: Messages) -> None:
        add("a", next_attempt_at=timezone.now() + timedelta(hours=1))
        add("b", state=OutboxState.GIVEN_UP)
        add("c", state=OutboxState.DONE)
        add("d")
        assert claim(NOTIFICATION)
        relay()
        assert broker.names() == []

    def test_what_a_killed_worker_left_is(self, broker: Messages) -> None:
        add("a", state=OutboxState.RUNNING, lease_until=ago(seconds=1))
        relay()
        assert broker.names() == [deliver_notifications.name]

    @pytest.mark.parametrize(("busy", "hints"), [(1, 2), (2, 1), (5, 1)])
    def test_who_is_at_work_needs_no_telling(
        self, broker: Messages, busy: int, hints: int
    ) -> None:
        """But one hint is always sent, because a busy worker may have been killed."""
        fill(250)
        for each in range(busy):
            lease = timezone.now() + timedelta(hours=1)
            add(f"busy-{each}", state=OutboxState.RUNNING, lease_until=lease)
        relay()
        assert len(broker.take()) == hints


def fill(rows: int) -> None:
    OutboxRow.objects.bulk_create(
        OutboxRow(kind=NOTIFICATION, object_key=f"k-{each}", ordered=True)
        for each in range(rows)
    )


def test_clean(settings: Any) -> None:
    settings.KLANTEN_OUTBOX_KEEP_DAYS = 7
    kept = add("a", state=OutboxState.DONE, settled_at=ago(days=6))
    add("b", state=OutboxState.DONE, settled_at=ago(days=8))
    clean()
    assert OutboxRow.objects.get() == kept


class TestHint:
    def test_it_says_nothing_but_look(self, broker: Messages) -> None:
        hint(NOTIFICATION)
        [(name, arguments, _whole)] = broker.take()
        assert name == "klanten_plugin.notifications"
        assert arguments == ([], {})

    @pytest.mark.django_db(transaction=True)
    def test_after_the_commit_and_not_without_one(self, broker: Messages) -> None:
        with transaction.atomic():
            add_row(NOTIFICATION, "a")
            assert broker.names() == []
        assert broker.names() == ["klanten_plugin.notifications"]
        with transaction.atomic():
            add_row(NOTIFICATION, "b")
            transaction.set_rollback(True)
        assert broker.names() == []
        assert OutboxRow.objects.get().object_key == "a"

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize(("rows", "hints"), [(2, 1), (101, 2), (1000, 8)])
    def test_one_transaction_wakes_as_many_workers_as_it_has_work_for(
        self, broker: Messages, rows: int, hints: int
    ) -> None:
        with transaction.atomic():
            for each in range(rows):
                add_row(NOTIFICATION, f"k-{each}")
        assert broker.names() == [deliver_notifications.name] * hints

    @pytest.mark.django_db(transaction=True)
    def test_a_savepoint_that_was_rolled_back_takes_no_hint_with_it(
        self, broker: Messages
    ) -> None:
        with transaction.atomic():
            with suppress(KeyError), transaction.atomic():
                add_row(NOTIFICATION, "a")
                raise KeyError
            with transaction.atomic():
                add_row(NOTIFICATION, "b")
            add_row(NOTIFICATION, "c")
        assert set(broker.names()) == {deliver_notifications.name}

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("error", [None, KeyboardInterrupt])
    def test_bulk_work_tells_of_all_its_transactions_at_once(
        self, broker: Messages, error: Any
    ) -> None:
        with suppress(KeyboardInterrupt), announced_together():
            for each in range(150):
                add_row(NOTIFICATION, f"k-{each}")
            with announced_together():
                add_row(OutboxKind.ROL_KLANT, "a")
            assert broker.names() == []
            if error:
                raise error
        assert sorted(broker.names()) == [
            *[deliver_notifications.name] * 2,
            "klanten_plugin.rol_klant",
        ]

    @pytest.mark.parametrize("hangs_up", [True, False])
    def test_a_broker_of_no_use_is_left_alone_for_a_while(
        self, monkeypatch: Any, caplog: Any, capsys: Any, hangs_up: bool
    ) -> None:
        with useless_broker(hangs_up=hangs_up) as useless:
            use_broker(monkeypatch, useless.url)
            hint(NOTIFICATION)
            visits = useless.visits
            # once where it says nothing: each visit more would be as long a wait more;
            # where it hangs up the client may try again at once
            assert visits == 1 or (hangs_up and visits)
            for _request in range(10):
                hint(NOTIFICATION)
            assert useless.visits == visits
            tasks.quiet_until.clear()  # a while later
            hint(NOTIFICATION)
            again = useless.visits - visits
            assert again == 1 or (hangs_up and again)
        logged = caplog.text or capsys.readouterr().out
        assert logged.count("outbox_hint_lost") == 2

    @pytest.mark.parametrize(
        "url",
        ["redis://127.0.0.1:{port}/0", "amqp://127.0.0.1:{port}//", "nonsense://"],
    )
    def test_it_never_raises(self, monkeypatch: Any, url: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        use_broker(monkeypatch, url.format(port=port))
        hint(NOTIFICATION)
        assert set(tasks.quiet_until) == {url.format(port=port)}


@needs_notifications
@pytest.mark.django_db(transaction=True)
def test_no_personal_data_anywhere(
    api: ApiClient, nrc: Peer, broker: Messages, caplog: Any
) -> None:
    """Not in rows, messages, arguments of tasks, or log lines."""
    caplog.set_level("DEBUG", logger="klanten_plugin")
    body = full_body("natuurlijk_persoon")
    klant = api.post(body).json()
    api.patch(klant["url"], {"achternaam": "Achternaam"})
    api.delete(klant["url"])
    nrc.misbehave(
        {"kind": "status", "status": 400, "body": {"detail": BSN}, "match": "destroy"},
        {"kind": "reset", "count": 1},
    )
    deliver_notifications()
    make_due()
    deliver_notifications()
    rows = json.dumps(list(OutboxRow.objects.values()), cls=DjangoJSONEncoder)
    states = list(OutboxRow.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["done", "done", "given_up"]
    messages = json.dumps(nrc.messages)
    hints = repr(broker.take())
    logged = [str(each.msg) for each in caplog.records]
    assert any("outbox_task_failed" in each for each in logged)
    everything = "\n".join([rows, messages, hints, *logged])
    assert klant["url"] in everything
    subject = body["subjectIdentificatie"]
    for value in (
        BSN,
        subject["inpBsn"],
        body["achternaam"],
        "Achternaam",
        body["emailadres"],
    ):
        assert value not in everything
