"""Several threads of one process share a backlog."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

import pytest

from klanten_plugin.constants import OutboxState
from klanten_plugin.exceptions import TemporaryRemoteError
from klanten_plugin.models import OutboxRow
from klanten_plugin.sync.outbox.run import Ended, Handler
from klanten_plugin.sync.outbox.threads import BACKLOG, work_off_together
from tests.outbox import NOTIFICATION, add

pytestmark = pytest.mark.django_db(transaction=True)

MORE = 20
SECONDS = 60.0


@dataclass
class Remote:
    """Accepts rows. The first two threads wait until both have one."""

    fails_after: int = 1000
    done: Counter[str] = field(default_factory=Counter)
    threads: set[int] = field(default_factory=set)
    both: threading.Barrier = field(default_factory=lambda: threading.Barrier(2))

    def do(self, row: OutboxRow) -> None:
        if self.done.total() >= BACKLOG and threading.get_ident() not in self.threads:
            self.threads.add(threading.get_ident())
            self.both.wait(30)
        if self.done.total() >= self.fails_after:
            raise TemporaryRemoteError("down")
        self.done[row.object_key] += 1


def fill(count: int) -> None:
    for number in range(count):
        add(f"{number:03}")


def test_a_backlog_is_done_once_by_two_threads() -> None:
    fill(BACKLOG + MORE)
    remote = Remote()

    run = work_off_together(NOTIFICATION, Handler(remote.do, threads=2), SECONDS)

    assert (run.done, run.ended) == (BACKLOG + MORE, Ended.EMPTY)
    assert len(remote.threads) == 2
    assert set(remote.done.values()) == {1}
    assert not OutboxRow.objects.exclude(state=OutboxState.DONE).exists()


def test_one_thread_does_what_is_no_backlog() -> None:
    fill(BACKLOG - 1)
    seen: set[int] = set()

    def do(row: OutboxRow) -> None:
        seen.add(threading.get_ident())

    assert work_off_together(NOTIFICATION, Handler(do, threads=2), SECONDS).done
    assert seen == {threading.get_ident()}


def test_a_remote_that_goes_down_stops_all() -> None:
    fill(100)
    remote = Remote(fails_after=BACKLOG + 5)

    run = work_off_together(NOTIFICATION, Handler(remote.do, threads=2), SECONDS)

    assert (run.done, run.ended) == (BACKLOG + 5, Ended.FAILING)
    assert run.failed < 15
    assert not OutboxRow.objects.filter(state=OutboxState.RUNNING).exists()


def test_an_error_in_a_helper_is_raised() -> None:
    """For example a database error, which isn't caused by a row."""
    fill(BACKLOG + MORE)
    first = threading.get_ident()

    def is_open() -> bool:
        if threading.get_ident() != first:
            raise LookupError
        return True

    with pytest.raises(LookupError):
        work_off_together(
            NOTIFICATION,
            Handler(lambda _row: None, is_open=is_open, threads=2),
            SECONDS,
        )
