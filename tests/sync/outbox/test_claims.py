"""Many concurrent workers, each with a separate connection."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, connections, transaction

import pytest

from klanten_plugin.constants import OutboxState
from klanten_plugin.domain.outbox import add_row
from klanten_plugin.models import OutboxRow
from klanten_plugin.sync.outbox.claims import claim
from klanten_plugin.sync.outbox.run import Handler, work_off
from klanten_plugin.sync.outbox.settling import finish, postpone
from tests.outbox import NOTIFICATION, REFRESH, add, ago, states

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 6
OBJECTS = 12
ROWS = 6
SECONDS = 60


def in_thread(call: Callable[[], Any]) -> Any:
    """Return its result, on a connection that is closed afterwards."""
    try:
        return call()
    finally:
        connections.close_all()


class Diary:
    """Records which worker processes which row when, to detect overlaps."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.busy: set[str] = set()
        self.done: dict[str, list[int]] = {}
        self.met: list[str] = []

    def do(self, task: OutboxRow) -> None:
        with self.lock:
            if task.object_key in self.busy:
                self.met.append(task.object_key)
            self.busy.add(task.object_key)
        # long enough for the others to try
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.002)")
        with self.lock:
            self.busy.remove(task.object_key)
            self.done.setdefault(task.object_key, []).append(task.pk)


def test_no_row_is_done_by_two_and_none_out_of_order() -> None:
    for _row in range(ROWS):
        for each in range(OBJECTS):
            add(f"k-{each}")
    diary = Diary()
    start = threading.Barrier(WORKERS)

    def work() -> Any:
        start.wait()
        # an object with a running row isn't due, so poll again
        while OutboxRow.objects.exclude(state=OutboxState.DONE).exists():
            work_off(NOTIFICATION, Handler(diary.do), SECONDS)

    with ThreadPoolExecutor(WORKERS) as pool:
        for future in [pool.submit(in_thread, work) for _each in range(WORKERS)]:
            future.result()

    assert diary.met == []
    assert {key: len(pks) for key, pks in diary.done.items()} == {
        f"k-{each}": ROWS for each in range(OBJECTS)
    }
    assert all(pks == sorted(pks) for pks in diary.done.values())
    assert set(OutboxRow.objects.values_list("attempts", flat=True)) == {1}


def test_what_is_locked_is_passed_over() -> None:
    first, second = add("a"), add("b")
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        OutboxRow.objects.select_for_update().get(pk=first.pk)
        assert pool.submit(in_thread, lambda: claim(NOTIFICATION)).result() == second
        assert pool.submit(in_thread, lambda: claim(NOTIFICATION)).result() is None


def test_two_of_one_object_are_never_taken_in_the_same_moment() -> None:
    """Even if the statement of one can't see yet what the other claimed."""
    for each in range(OBJECTS):
        add(f"k-{each}", state=OutboxState.GIVEN_UP)
        add(f"k-{each}")
    start = threading.Barrier(2)

    def take() -> list[str]:
        start.wait()
        return [
            task.object_key for _each in range(OBJECTS) if (task := claim(NOTIFICATION))
        ]

    def try_again() -> list[str]:
        start.wait()
        OutboxRow.objects.filter(state="given_up").update(state="waiting")
        return [
            task.object_key for _each in range(OBJECTS) if (task := claim(NOTIFICATION))
        ]

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(in_thread, call) for call in (take, try_again)]
        taken = Counter(key for future in futures for key in future.result())
    assert set(taken.values()) == {1}
    assert sorted(taken) == sorted(f"k-{each}" for each in range(OBJECTS))


def test_the_database_refuses_a_second_one_in_hand() -> None:
    """The statement that tries it fails, and another row is claimed instead."""
    first, second = add("a"), add("a")
    other = add("b")
    with ThreadPoolExecutor(1) as pool, connection.cursor() as cursor:
        with transaction.atomic():
            OutboxRow.objects.filter(pk=second.pk).update(
                state=OutboxState.RUNNING, lease_until=ago(seconds=-SECONDS)
            )
            # which can't see that yet
            claiming = pool.submit(in_thread, lambda: claim(NOTIFICATION))
            while not claiming.done() and not _is_waiting(cursor):
                cursor.execute("SELECT pg_sleep(0.01)")
        assert claiming.result() == other
    first.refresh_from_db()
    assert first.state == OutboxState.WAITING


def _is_waiting(cursor: Any) -> bool:
    cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
    return bool(cursor.fetchone()[0])


def test_what_is_asked_for_during_a_run_is_done_after_it() -> None:
    """A worker that claimed the row before the commit would miss the change."""
    add_row(REFRESH, "a")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            add_row(REFRESH, "a")
            assert pool.submit(in_thread, lambda: claim(REFRESH)).result() is None
        task = pool.submit(in_thread, lambda: claim(REFRESH)).result()
    assert task is not None
    assert states() == {"a": ["running"]}


def test_asking_while_a_failure_is_settled() -> None:
    """One of them gets the only waiting row of the object, which serves both."""
    for _round in range(10):
        OutboxRow.objects.all().delete()
        add_row(REFRESH, "a")
        taken = claim(REFRESH)
        assert taken is not None
        start = threading.Barrier(2)

        def fail(taken: OutboxRow = taken, start: threading.Barrier = start) -> bool:
            start.wait()
            return postpone(taken, "stuk", 1000)

        def ask(start: threading.Barrier = start) -> None:
            start.wait()
            add_row(REFRESH, "a")

        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(in_thread, fail), pool.submit(in_thread, ask)]
            assert futures[0].result() is True
            futures[1].result()
        assert states()["a"] in (["waiting"], ["done", "waiting"])


def test_throughput_is_shared() -> None:
    """Each worker gets its part of a backlog."""
    for each in range(OBJECTS * ROWS):
        add(f"k-{each}")
    shares: Counter[int] = Counter()
    start = threading.Barrier(WORKERS)

    def do(task: OutboxRow) -> None:
        shares[threading.get_ident()] += 1
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.01)")

    def work() -> None:
        start.wait()
        work_off(NOTIFICATION, Handler(do), SECONDS)

    with ThreadPoolExecutor(WORKERS) as pool:
        for future in [pool.submit(in_thread, work) for _each in range(WORKERS)]:
            future.result()
    assert shares.total() == OBJECTS * ROWS
    assert len(shares) == WORKERS


def test_a_worker_that_is_done_leaves_nothing_in_hand() -> None:
    add("a")
    task = claim(NOTIFICATION)
    assert task is not None
    assert finish(task)
    task.refresh_from_db()
    assert task.lease_until is None
