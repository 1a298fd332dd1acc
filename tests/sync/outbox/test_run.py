"""Processing the outbox: the order of rows, and the handling of failures."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import pytest

from klanten_plugin.constants import OutboxKind, OutboxState
from klanten_plugin.domain.outbox import add_row
from klanten_plugin.exceptions import (
    ConfigurationError,
    PermanentRemoteError,
    TemporaryRemoteError,
)
from klanten_plugin.models import OutboxRow
from klanten_plugin.sync.handlers import HANDLERS
from klanten_plugin.sync.outbox.claims import claim
from klanten_plugin.sync.outbox.queueing import release_stranded
from klanten_plugin.sync.outbox.run import (
    FAILURES_IN_A_ROW,
    MOST_ABANDONED,
    Backoff,
    Ended,
    Run,
    busy,
    due,
)
from klanten_plugin.sync.outbox.settling import finish, give_up, postpone
from klanten_plugin.sync.outbox.upkeep import try_again
from tests.outbox import (
    NOTIFICATION,
    REFRESH,
    Remote,
    abandon,
    add,
    ago,
    make_due,
    states,
)

pytestmark = pytest.mark.django_db

DOWN = TemporaryRemoteError("De overkant is stuk.")
REFUSED = PermanentRemoteError("De overkant wil dit niet.")
BSN = "900222086"


def behind() -> set[int]:
    """Return the keys of the rows that claims skip."""
    return set(OutboxRow.objects.filter(behind=True).values_list("pk", flat=True))


def failing(number: int) -> dict[str, Any]:
    return {f"bad-{each}": DOWN for each in range(number)}


class ReadsElsewhere:
    """A router of a host whose replica is unreachable."""

    def db_for_read(self, model: Any, **_hints: Any) -> str:
        return "replica"


class TestOrder:
    def test_of_one_object_one_by_one(self) -> None:
        rows = [add("a"), add("b"), add("a"), add("a"), add("b")]
        remote = Remote()
        assert remote.run() == Run(done=5)
        for key in "ab":
            of_key = [row.pk for row in rows if row.object_key == key]
            assert [pk for pk in remote.done if pk in of_key] == of_key

    @pytest.mark.parametrize("state", [OutboxState.WAITING, OutboxState.RUNNING])
    def test_what_comes_first_holds_up_its_own_object_alone(self, state: str) -> None:
        first, _second, other = add("a"), add("a"), add("b")
        if state == OutboxState.RUNNING:
            assert claim(NOTIFICATION) == first
        else:
            OutboxRow.objects.filter(pk=first.pk).update(
                next_attempt_at=timezone.now() + timedelta(hours=1)
            )
        remote = Remote()
        remote.run()
        assert remote.done == [other.pk]

    def test_what_is_given_up_does_not(self) -> None:
        _first, second = add("a", state=OutboxState.GIVEN_UP), add("a")
        remote = Remote()
        remote.run()
        assert remote.done == [second.pk]

    def test_one_that_fails_keeps_its_place(self) -> None:
        rows = [add("a"), add("a")]
        Remote({"a": DOWN}).run()
        assert states() == {"a": ["waiting", "waiting"]}
        assert due(NOTIFICATION) == 0
        make_due()
        remote = Remote()
        remote.run()
        assert remote.done == [row.pk for row in rows]

    def test_what_waits_behind_it_waits_as_long(self) -> None:
        """Marked once, so that later claims don't scan it."""
        done = add("a", state=OutboxState.DONE)
        rows = [add("a"), add("a"), add("a", next_attempt_at=ago(days=-1))]
        add("a", kind=REFRESH)
        Remote({"a": DOWN}, backoff=Backoff(factor=1000)).run()
        assert behind() == {rows[1].pk, rows[2].pk}
        assert (due(NOTIFICATION), due(REFRESH)) == (0, 1)
        make_due()
        remote = Remote()
        remote.run()
        assert remote.done == [row.pk for row in rows]
        assert behind() == set()
        assert done.pk not in remote.done

    def test_many_behind_one_cost_a_claim_nothing(self) -> None:
        for each in range(30):
            add("a", next_attempt_at=ago(hours=-1) if each == 0 else ago(minutes=1))
        add("b"), add("c")
        assert claim(NOTIFICATION) is not None
        with CaptureQueriesContext(connection) as captured:
            assert claim(NOTIFICATION) is not None
        assert len([q for q in captured.captured_queries if "WITH" in q["sql"]]) == 1
        assert len(behind()) == 29

    @pytest.mark.parametrize("end", [finish, lambda row: give_up(row, "Genoeg.")])
    def test_the_next_is_released_however_the_first_ends(self, end: Any) -> None:
        first, second, third = add("a"), add("a"), add("a")
        taken = claim(NOTIFICATION)
        assert taken == first
        assert claim(NOTIFICATION) is None
        assert behind() == {second.pk, third.pk}
        assert end(taken)
        assert behind() == {third.pk}
        assert claim(NOTIFICATION) == second

    def test_what_nobody_released_is_released(self) -> None:
        """A worker died in between, or a row was deleted in the database."""
        for key in "abc":
            add(key), add(key), add(key)
        assert [claim(NOTIFICATION) for _each in range(4)][3] is None
        OutboxRow.objects.filter(object_key="a", state="running").delete()
        OutboxRow.objects.filter(object_key="b", state="running").update(
            state="done", lease_until=None
        )
        assert claim(NOTIFICATION) is None
        assert release_stranded() == 2
        assert release_stranded() == 0
        assert {
            row.object_key for row in (claim(NOTIFICATION), claim(NOTIFICATION)) if row
        } == {"a", "b"}

    def test_other_kinds_are_left_alone(self) -> None:
        add("a", kind=REFRESH)
        assert Remote().run() == Run()
        assert Remote().run(REFRESH) == Run(done=1)


class TestWithoutOrder:
    def test_asking_twice_is_asking_once(self) -> None:
        for payload in ({"first": 1}, None, {"last": 1}):
            add_row(REFRESH, "a", object_url="https://x.nl", payload=payload)
        task = OutboxRow.objects.get()
        assert (task.state, task.payload) == (OutboxState.WAITING, {"last": 1})
        assert (task.ordered, task.attempts, task.last_error) == (False, 0, "")

    def test_at_most_one_waits_and_one_runs(self) -> None:
        add_row(REFRESH, "a")
        taken = claim(REFRESH)
        assert taken is not None
        add_row(REFRESH, "a")
        add_row(REFRESH, "a")
        assert states() == {"a": ["running", "waiting"]}
        assert claim(REFRESH) is None
        finish(taken)
        assert Remote().run(REFRESH) == Run(done=1)

    def test_what_was_asked_for_anew_will_do(self) -> None:
        add_row(REFRESH, "a")
        taken = claim(REFRESH)
        assert taken is not None
        add_row(REFRESH, "a")
        assert postpone(taken, "De overkant is stuk.", 1000)
        assert states() == {"a": ["done", "waiting"]}
        assert due(REFRESH) == 0

    def test_another_object_is_another_row(self) -> None:
        add_row(REFRESH, "a")
        add_row(REFRESH, "b")
        assert Remote().run(REFRESH) == Run(done=2)


class TestLease:
    def test_what_a_worker_left_is_taken_up(self) -> None:
        first, second, other = add("a"), add("a"), add("b")
        taken = claim(NOTIFICATION)
        assert taken == first
        abandon(first)
        remote = Remote()
        assert remote.run() == Run(done=3)
        assert remote.done.index(first.pk) < remote.done.index(second.pk)
        assert set(remote.done) == {first.pk, second.pk, other.pk}

    def test_not_before_its_lease_ran_out(self) -> None:
        add("a")
        taken = claim(NOTIFICATION)
        assert taken is not None
        assert claim(NOTIFICATION) is None
        assert (due(NOTIFICATION), busy(NOTIFICATION)) == (0, 1)
        assert (due(REFRESH), busy(REFRESH)) == (0, 0)
        abandon(taken)
        assert (due(NOTIFICATION), busy(NOTIFICATION)) == (1, 0)
        assert claim(NOTIFICATION) == taken

    @pytest.mark.parametrize(
        "settle",
        [
            finish,
            lambda task: give_up(task, "te laat"),
            lambda task: postpone(task, "te laat", 1000),
        ],
    )
    def test_a_worker_that_was_too_slow_is_not_listened_to(self, settle: Any) -> None:
        add("a")
        behind = add("a")
        slow = claim(NOTIFICATION)
        assert slow is not None
        abandon(slow)
        quick = claim(NOTIFICATION)
        assert quick is not None
        assert settle(slow) is False
        quick.refresh_from_db()
        assert (quick.state, quick.last_error) == (OutboxState.RUNNING, "")
        assert finish(quick) is True
        assert due(NOTIFICATION) == 1
        assert claim(NOTIFICATION) == behind

    def test_nor_when_a_person_had_it_tried_again_in_between(self) -> None:
        """Then its number of attempts is that of the slow one again."""
        add("a")
        slow = claim(NOTIFICATION)
        assert slow is not None
        OutboxRow.objects.update(state="waiting", attempts=0, lease_until=None)
        quick = claim(NOTIFICATION)
        assert quick is not None
        assert quick.attempts == slow.attempts
        assert finish(slow) is False

    def test_nor_does_it_speak_for_what_was_taken_in_the_same_moment(self) -> None:
        add("a")
        add("b")
        taken = [claim(NOTIFICATION), claim(NOTIFICATION)]
        lease = timezone.now() + timedelta(hours=1)
        OutboxRow.objects.update(lease_until=lease)
        assert taken[0] is not None
        taken[0].lease_until = lease
        assert finish(taken[0])
        assert states() == {"a": ["done"], "b": ["running"]}

    def test_an_earlier_one_that_is_tried_again_does_not_block_both(self) -> None:
        earlier, later = add("a", state=OutboxState.GIVEN_UP), add("a")
        assert claim(NOTIFICATION) == later
        abandon(later)
        OutboxRow.objects.filter(pk=earlier.pk).update(state=OutboxState.WAITING)
        remote = Remote()
        remote.run()
        assert remote.done == [later.pk, earlier.pk]

    def test_rows_are_taken_where_they_can_be_written(self, settings: Any) -> None:
        """And settled, even in a host that reads from a replica."""
        add("a")
        settings.DATABASE_ROUTERS = [ReadsElsewhere()]
        run = Remote().run()
        add_row(OutboxKind.ROL_BRON, "1")
        settings.DATABASE_ROUTERS = []
        assert run == Run(done=1)
        assert OutboxRow.objects.filter(kind=OutboxKind.ROL_BRON).exists()

    def test_nothing_is_taken_inside_a_transaction(self) -> None:
        add("a")
        with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
            Remote().run()


class TestFailures:
    def test_what_may_pass_is_tried_again(self) -> None:
        task = add("a")
        assert Remote({"a": DOWN}).run() == Run(failed=1)
        task.refresh_from_db()
        assert (task.state, task.attempts) == (OutboxState.WAITING, 1)
        assert task.last_error == "De overkant is stuk."
        assert task.lease_until is None
        assert task.next_attempt_at > timezone.now()
        make_due()
        assert Remote().run() == Run(done=1)
        task.refresh_from_db()
        assert (task.state, task.attempts) == (OutboxState.DONE, 2)
        assert task.last_error == ""
        assert task.settled_at is not None

    def test_what_does_not_pass_is_given_up_and_the_others_go_on(self) -> None:
        task = add("a")
        add("a")
        add("b")
        remote = Remote({"a": REFUSED})
        run = remote.run()
        assert run == Run(done=1, given_up=2)
        task.refresh_from_db()
        assert task.last_error == "De overkant wil dit niet."
        assert task.settled_at is not None
        assert states() == {"a": ["given_up", "given_up"], "b": ["done"]}

    def test_what_is_not_configured_stops_the_run(self) -> None:
        error = ConfigurationError("Geen service.")
        for key in "abc":
            add(key)
        remote = Remote({"a": error, "b": error})
        assert remote.run() == Run(failed=1, ended=Ended.FAILING)
        assert states() == {"a": ["waiting"], "b": ["waiting"], "c": ["waiting"]}

    def test_a_remote_that_is_down_stops_the_run(self) -> None:
        for key in (*failing(FAILURES_IN_A_ROW + 3), "good"):
            add(key)
        run = Remote(failing(FAILURES_IN_A_ROW + 3)).run()
        assert run == Run(failed=FAILURES_IN_A_ROW, ended=Ended.FAILING)

    def test_the_next_runs_get_to_those_behind(self) -> None:
        bad = failing(FAILURES_IN_A_ROW + 3)
        for key in (*bad, "good"):
            add(key)
        remote = Remote(bad)
        remote.run()
        remote.run()
        assert states()["good"] == ["done"]

    def test_one_that_works_in_between_says_that_it_is_not_down(self) -> None:
        bad = failing(FAILURES_IN_A_ROW * 2)
        for number, key in enumerate(bad):
            add(key)
            if number % (FAILURES_IN_A_ROW - 1) == 0:
                add(f"good-{number}")
        run = Remote(bad).run()
        assert (run.failed, run.ended) == (len(bad), Ended.EMPTY)

    def test_a_rest_that_is_asked_for_stops_the_run(self) -> None:
        task = add("a")
        add("b")
        busy_remote = TemporaryRemoteError("Te druk.", retry_after=1800)
        run = Remote({"a": busy_remote}).run()
        assert run == Run(failed=1, ended=Ended.FAILING, retry_after=1800)
        task.refresh_from_db()
        assert task.next_attempt_at > timezone.now() + timedelta(seconds=1700)

    def test_a_rest_without_end_is_limited(self, settings: Any) -> None:
        settings.KLANTEN_OUTBOX_MAX_AGE = 1000
        task = add("a")
        Remote({"a": TemporaryRemoteError("Te druk.", retry_after=float("inf"))}).run()
        task.refresh_from_db()
        assert task.next_attempt_at < timezone.now() + timedelta(seconds=1100)

    def test_the_time_is_over(self) -> None:
        add("a")
        assert Remote().run(seconds=0) == Run(ended=Ended.TIME)

    @pytest.mark.parametrize(
        ("answer", "expected"),
        [
            (DOWN, Run(failed=1, ended=Ended.FAILING)),
            (None, Run(done=1, ended=Ended.TIME)),
        ],
    )
    def test_a_call_that_takes_all_of_its_time(
        self, monkeypatch: Any, answer: Any, expected: Run
    ) -> None:
        """A remote that only times out counts as down before five failures."""
        clock = count(step=40)
        monkeypatch.setattr("time.monotonic", lambda: next(clock))
        for key in "abc":
            add(key)
        run = Remote({"a": answer} if answer else {}).run(seconds=50)
        assert run == expected


class TestPoison:
    """Rows that cause errors in our code, or invalid responses of a remote."""

    def test_it_never_holds_up_the_others(self) -> None:
        crash = ValueError(f"een fout met {BSN}")
        poison = {f"poison-{each}": crash for each in range(FAILURES_IN_A_ROW * 3)}
        for key in (*poison, "good"):
            add(key)
        run = Remote(poison).run()
        assert run == Run(done=1, failed=len(poison))
        assert states()["good"] == ["done"]

    def test_it_is_tried_again_and_says_where_to_look(self) -> None:
        task = add("a")
        Remote({"a": KeyError(BSN)}).run()
        task.refresh_from_db()
        assert task.state == OutboxState.WAITING
        assert task.last_error == (
            "Onverwachte fout: KeyError. Zie het logboek van de worker."
        )

    def test_the_log_says_where_and_no_values(self, caplog: Any) -> None:
        if not apps.is_installed("testapp"):
            pytest.skip("this host doesn't configure logging")
        add("a")
        error = ValueError(f"een fout met {BSN}")
        Remote({"a": error}).run()
        crashed = [each for each in caplog.records if "crashed" in str(each.msg)]
        assert len(crashed) == 1
        assert "ValueError" in str(crashed[0].msg)
        assert "_do" in str(crashed[0].msg)
        assert BSN not in str(crashed[0].msg)
        # error monitoring takes message and variables from it
        assert crashed[0].exc_info in (None, False)

    def test_it_ends_as_well(self, settings: Any) -> None:
        add("a", due_at=ago(days=8), attempts=5)
        assert Remote({"a": ValueError()}).run() == Run(given_up=1)

    def test_one_that_kills_its_workers_is_given_up(self) -> None:
        task = add("a")
        for _worker in range(MOST_ABANDONED + 1):
            taken = claim(NOTIFICATION)
            assert taken == task
            abandon(task)
        remote = Remote()
        # the one that died last counts as well, once its lease expires
        assert remote.run() == Run(given_up=1)
        assert remote.tried == []
        task.refresh_from_db()
        assert task.state == OutboxState.GIVEN_UP
        assert "keer achtereen gestopt" in task.last_error
        assert try_again(OutboxRow.objects.all()) == 1
        assert remote.run() == Run(done=1)

    def test_one_that_failed_in_between_is_not(self) -> None:
        """Only workers without a result count."""
        task = add("a")
        for _worker in range(MOST_ABANDONED * 2):
            assert claim(NOTIFICATION) == task
            abandon(task)
            Remote({"a": DOWN}).run()
            make_due()
        assert Remote().run() == Run(done=1)

    def test_what_was_abandoned_does_not_go_before_all_others(self) -> None:
        poison, waiting, late = add("a"), add("b"), add("c")
        assert claim(NOTIFICATION) == poison
        abandon(poison)
        OutboxRow.objects.filter(pk=waiting.pk).update(next_attempt_at=ago(minutes=1))
        OutboxRow.objects.filter(pk=late.pk).update(next_attempt_at=ago(microseconds=1))
        remote = Remote()
        remote.run()
        assert remote.done == [waiting.pk, poison.pk, late.pk]


class TestAge:
    def test_it_counts_from_when_it_was_due(self, settings: Any) -> None:
        """Not from when it was queued, nor by the worker's clock."""
        settings.KLANTEN_OUTBOX_MAX_AGE = 3600
        add("a", created_at=ago(days=300), attempts=99)
        assert Remote({"a": DOWN}).run() == Run(failed=1)

    def test_a_worker_whose_clock_is_ahead(self, monkeypatch: Any) -> None:
        add("a", attempts=99)
        monkeypatch.setattr(timezone, "now", lambda: ago(days=-8))
        assert Remote({"a": DOWN}).run() == Run(failed=1)

    def test_tried_again_by_hand_it_has_as_much_patience_as_a_new_one(self) -> None:
        task = add("a", due_at=ago(days=30), attempts=99, state=OutboxState.GIVEN_UP)
        try_again(OutboxRow.objects.all())
        for _try in range(20):
            assert Remote({"a": DOWN}).run() == Run(failed=1)
            make_due()
        task.refresh_from_db()
        assert task.state == OutboxState.WAITING

    @pytest.mark.parametrize(
        ("age", "attempts", "is_given_up"),
        [
            (timedelta(hours=2), 5, True),
            (timedelta(hours=2), 4, False),
            (timedelta(minutes=50), 500, False),
        ],
    )
    @pytest.mark.parametrize("error", [DOWN, ConfigurationError("Geen service.")])
    def test_too_old_and_tried_often_enough(
        self,
        settings: Any,
        age: timedelta,
        attempts: int,
        is_given_up: bool,
        error: Exception,
    ) -> None:
        settings.KLANTEN_OUTBOX_MAX_AGE = 3600
        task = add("a", due_at=timezone.now() - age, attempts=attempts)
        run = Remote({"a": error}, backoff=Backoff(retries=5)).run()
        assert (run.given_up, run.failed) == (is_given_up, not is_given_up)
        task.refresh_from_db()
        assert task.last_error == str(error)


class TestBackoff:
    @pytest.mark.parametrize(
        ("attempts", "whole"), [(1, 10), (2, 30), (3, 90), (4, 200), (10_000, 200)]
    )
    def test_exponential_with_jitter(self, attempts: int, whole: float) -> None:
        backoff = Backoff(factor=10, base=3, limit=200)
        waits = {backoff.seconds(attempts) for _each in range(50)}
        assert len(waits) > 1
        assert all(whole / 2 <= wait <= whole for wait in waits)

    @pytest.mark.parametrize(
        "backoff", [Backoff(factor=0), Backoff(limit=0), Backoff(base=0)]
    )
    def test_never_at_once(self, backoff: Backoff) -> None:
        assert backoff.seconds(2) == 1

    @pytest.mark.parametrize(
        ("kinds", "first", "longest", "retries"),
        [
            # recovery of a service is detected within minutes
            ([kind for kind in OutboxKind if kind.startswith("rol_")], 10, 300, 5),
            # maintenance of a register takes a while
            ([OutboxKind.NHR_OVERNAME, OutboxKind.NHR_SIGNALEN], 60, 6 * 3600, 8),
        ],
    )
    def test_of_each_kind(
        self,
        kinds: list[OutboxKind],
        first: float,
        longest: float,
        retries: int,
    ) -> None:
        assert kinds
        for kind in kinds:
            backoff = HANDLERS[kind].backoff()
            waits = [backoff.longest(attempts) for attempts in (1, 2, 3, 100)]
            assert waits == [first, first * 2, first * 4, longest]
            assert backoff.retries == retries

    def test_numbers_that_a_person_can_fill_in(self) -> None:
        largest = 2_147_483_647
        backoff = Backoff(factor=largest, base=largest, limit=52_000)
        assert backoff.seconds(1_000_000) <= 52_000
