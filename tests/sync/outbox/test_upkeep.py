"""Figures of the outbox, cleaning up, and actions of administrators."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import pytest

from klanten_plugin.constants import OutboxKind, OutboxState
from klanten_plugin.domain.outbox import add_row, outbox_filled
from klanten_plugin.models import OutboxRow
from klanten_plugin.sync.outbox import upkeep
from klanten_plugin.sync.outbox.claims import claim
from klanten_plugin.sync.outbox.upkeep import (
    Health,
    give_up_rows,
    health,
    remove_done,
    try_again,
)
from tests.outbox import NOTIFICATION, REFRESH, Remote, add, ago, states

pytestmark = pytest.mark.django_db

ALL = OutboxRow.objects.all()
LATER = {"hours": 1}


def make_later() -> None:
    OutboxRow.objects.update(next_attempt_at=timezone.now() + timedelta(**LATER))


class TestHealth:
    def test_nothing(self) -> None:
        assert health() == Health(0, 0, 0, 0.0)

    def test_numbers(self) -> None:
        add("a", created_at=ago(days=9), due_at=ago(seconds=1000))
        add("b", due_at=ago(seconds=10))
        claim(NOTIFICATION)
        # old, but not yet processed
        add("c", due_at=ago(days=9), state=OutboxState.GIVEN_UP)
        add("d", due_at=ago(days=9), state=OutboxState.DONE)
        numbers = health()
        assert (numbers.waiting, numbers.running, numbers.given_up) == (1, 1, 1)
        assert 1000 <= numbers.oldest_seconds < 1100
        assert isinstance(numbers.oldest_seconds, float)

    def test_what_is_not_due_yet_has_no_age(self) -> None:
        """For example a second check of a contactmoment, an hour after the first."""
        add_row(REFRESH, "a", delay=3600)
        OutboxRow.objects.update(created_at=ago(days=9))
        assert health().oldest_seconds == 0

    def test_a_server_whose_clock_is_ahead(self, monkeypatch: Any) -> None:
        add("a")
        monkeypatch.setattr(timezone, "now", lambda: ago(days=-8))
        assert health().oldest_seconds < 60

    def test_the_sooner_of_two_moments_counts(self) -> None:
        add_row(REFRESH, "a", delay=3600)
        add_row(REFRESH, "a")
        OutboxRow.objects.update(due_at=F("due_at") - timedelta(seconds=100))
        add_row(REFRESH, "a", delay=3600)
        assert 100 <= health().oldest_seconds < 200


def test_what_was_done_long_ago_goes(settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(upkeep, "BATCH", 2)
    settings.KLANTEN_OUTBOX_KEEP_DAYS = 30
    for each in range(5):
        add(f"old-{each}", state=OutboxState.DONE, settled_at=ago(days=31))
    add("new", state=OutboxState.DONE, settled_at=ago(days=29))
    add("given-up", state=OutboxState.GIVEN_UP, settled_at=ago(days=400))
    add("open", created_at=ago(days=400))
    assert remove_done() == 5
    assert set(states()) == {"new", "given-up", "open"}
    assert remove_done() == 0


class TestTryAgain:
    def test_what_was_given_up_gets_as_many_tries_as_a_new_one(self) -> None:
        task = add("a", state="given_up", attempts=9, due_at=ago(days=1))
        assert try_again(ALL) == 1
        task.refresh_from_db()
        assert (task.state, task.attempts) == (OutboxState.WAITING, 0)
        assert task.settled_at is None
        assert task.due_at > ago(minutes=1)
        assert Remote().run().done == 1

    def test_what_waits_goes_now(self) -> None:
        add("a")
        make_later()
        assert try_again(ALL) == 1
        assert Remote().run().done == 1

    def test_what_must_go_before_it_goes_now_too(self) -> None:
        done = add("a", state=OutboxState.DONE)
        add("a")
        chosen = add("a")
        add("b")
        add("a", kind=REFRESH)
        make_later()
        assert try_again(ALL.filter(pk=chosen.pk)) == 1
        assert Remote().run().done == 2
        assert Remote().run(REFRESH).done == 0
        assert states() == {"a": ["done", "done", "done", "waiting"], "b": ["waiting"]}
        done.refresh_from_db()
        assert done.next_attempt_at > timezone.now()

    @pytest.mark.parametrize("state", [OutboxState.DONE, OutboxState.RUNNING])
    def test_not_what_is_done_or_being_done(self, state: str) -> None:
        lease = ago(hours=-1) if state == OutboxState.RUNNING else None
        add("a", state=state, lease_until=lease)
        assert try_again(ALL) == 0
        assert states() == {"a": [state]}

    def test_without_order_one_that_waits_will_do(self) -> None:
        add("a", kind=REFRESH, state=OutboxState.GIVEN_UP)
        add("a", kind=REFRESH)
        add("b", kind=REFRESH, state=OutboxState.GIVEN_UP)
        add("b", kind=REFRESH, state=OutboxState.GIVEN_UP)
        assert try_again(ALL.filter(state=OutboxState.GIVEN_UP)) == 1
        assert states() == {"a": ["given_up", "waiting"], "b": ["waiting", "given_up"]}

    def test_workers_are_told(self) -> None:
        told = []

        def listen(**signal: Any) -> None:
            told.append((signal["sender"], signal["kind"], signal["count"]))

        outbox_filled.connect(listen)
        try:
            for kind in (NOTIFICATION, NOTIFICATION, OutboxKind.ROL_KLANT, REFRESH):
                add(f"k-{OutboxRow.objects.count()}", kind=kind)
            try_again(ALL)
            try_again(ALL.none())
        finally:
            outbox_filled.disconnect(listen)
        # once each, and not of a kind of an older version
        assert sorted(told, key=str) == [
            (OutboxRow, NOTIFICATION, 2),
            (OutboxRow, OutboxKind.ROL_KLANT, 1),
        ]


def test_give_up() -> None:
    add("a"), add("b")
    claim(NOTIFICATION)
    assert give_up_rows(ALL, "Dit hoeft niet meer. " * 100) == 1
    assert states() == {"a": ["running"], "b": ["given_up"]}
    task = OutboxRow.objects.get(object_key="b")
    assert task.last_error.startswith("Dit hoeft niet meer. ")
    assert task.settled_at is not None
    assert Remote().run().done == 0


def test_what_was_behind_it_may_go_after_it_was_given_up() -> None:
    first, second, third = add("a"), add("a"), add("a")
    make_later()
    OutboxRow.objects.filter(pk=second.pk).update(next_attempt_at=ago(minutes=1))
    assert claim(NOTIFICATION) is None
    give_up_rows(OutboxRow.objects.filter(pk=first.pk), "Genoeg.")
    assert claim(NOTIFICATION) == second
    assert third.pk


@pytest.mark.parametrize(
    "action", [try_again, lambda rows: give_up_rows(rows, "Genoeg.")]
)
@pytest.mark.parametrize("number", [1, 300])
def test_as_many_statements_however_many_rows(action: Any, number: int) -> None:
    for each in range(number):
        add(f"k-{each}", kind=NOTIFICATION if each % 2 else REFRESH)
    with CaptureQueriesContext(connection) as captured:
        assert action(ALL) == number
    statements = [each["sql"] for each in captured.captured_queries]
    assert len([each for each in statements if "outboxtask" in each]) <= 2
