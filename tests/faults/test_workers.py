"""Workers are killed while working, and their memory doesn't grow with the backlog."""

from __future__ import annotations

import json
import random
import signal
import threading

import psutil

from tests.faults.conftest import Profile, Say, assert_whole
from tests.faults.consumer import Consumer
from tests.faults.ledger import Ledger
from tests.faults.rig import OPEN, OUTBOX, WORKERS, Rig, eventually

REQUESTS_PER_KILL = 6
DELIVERY = 0.25
"""Seconds per message, so that a worker is nearly always delivering one."""

BACKLOG = 60
"""Requests before workers are stopped: more messages than they deliver meanwhile."""

GROWTH = 1.1
ROWS_PER_KLANT = 5


def test_kill_9_in_the_middle_of_a_delivery(
    rig: Rig, profile: Profile, say: Say
) -> None:
    ledger = Ledger()
    rig.stub.misbehave({"kind": "slow", "seconds": DELIVERY})
    Consumer(rig.host, ledger).requests(profile.kills * REQUESTS_PER_KILL)
    rng = random.Random(profile.kills)  # noqa: S311 - to repeat it
    in_hand = 0
    for _kill in range(profile.kills):
        eventually(rig.stub.in_hand, "a message is being delivered")
        victim = rng.choice(WORKERS)
        in_hand += rig.stub.in_hand() > 0
        kill_some_of(rig, victim, rng)
    rig.wait_until_settled()

    balance = ledger.balance(rig.stub.messages())
    say(f"{balance}; {profile.kills} kills, {in_hand} during a delivery")
    assert_whole(balance)


def kill_some_of(rig: Rig, victim: str, rng: random.Random) -> None:
    """Kill one of the processes that do the work, or a complete worker."""
    children = rig.children(victim)
    if children and rng.random() < 0.5:
        rng.choice(children).kill()
    else:
        rig.kill(victim)
        rig.start(victim)


def test_sigterm_while_a_slow_remote_is_called(rig: Rig, say: Say) -> None:
    """Workers finish the calls in progress, and leave the other rows waiting."""
    ledger = Ledger()
    rig.stub.misbehave({"kind": "slow", "seconds": 2 * DELIVERY})
    Consumer(rig.host, ledger).requests(BACKLOG)
    eventually(rig.stub.in_hand, "a message is being delivered")
    for name in WORKERS:
        rig.signal(name, signal.SIGTERM)
    for name in WORKERS:
        running = rig.running[name]
        eventually(lambda running=running: running.poll() is not None, "it has ended")
        rig.stop(name)
    left = rig.count(OPEN)
    for name in WORKERS:
        rig.start(name)
    rig.wait_until_settled()

    balance = ledger.balance(rig.stub.messages())
    say(f"{balance}; {left} left to other workers")
    assert_whole(balance)
    assert balance.doubled == 0
    assert left


def test_memory_of_a_worker(rig: Rig, profile: Profile, say: Say) -> None:
    for name in WORKERS:
        rig.stop(name)
    try:
        few, many = (peak_with(rig, number, say) for number in profile.rows)
    finally:
        for name in WORKERS:
            rig.start(name)
    assert many <= few * GROWTH


def peak_with(rig: Rig, number: int, say: Say) -> int:
    """Return the peak bytes of the worker while it delivers this number of rows."""
    rig.empty()
    ledger = fill(rig, number)
    rig.start("single")
    pids = [rig.running["single"].pid]
    with Watch(pids[0]) as watch:
        rig.wait_until_settled()
    rig.stop("single")
    balance = ledger.balance(rig.stub.messages())
    say(f"{balance}; peak RSS of the worker {watch.peak / 2**20:.1f} MiB")
    assert_whole(balance)
    return watch.peak


def fill(rig: Rig, number: int) -> Ledger:
    """Insert rows as changes of klanten do, with the corresponding promises."""
    ledger = Ledger()
    payload = json.dumps({"actie": "update", "subjectType": "vestiging"})
    rig.sql(
        f"INSERT INTO {OUTBOX} (kind, object_key, object_url, payload, ordered, state,"  # noqa: S608
        " attempts, last_error, created_at)"
        " SELECT 'notification', key, 'http://example.nl/' || key, %s::jsonb, true,"
        " 'waiting', 0, '', now() - interval '1 day' + number * interval '1 ms'"
        " FROM (SELECT number, (number / %s)::text AS key"
        " FROM generate_series(0, %s - 1) AS number) AS rows",
        payload,
        ROWS_PER_KLANT,
        number,
    )
    for each in range(number):
        ledger.promise(f"http://example.nl/{each // ROWS_PER_KLANT}", "update")
    return ledger


class Watch:
    """Samples the memory of a program and its children."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._process = psutil.Process(pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            processes = [self._process, *self._process.children(recursive=True)]
            self.peak = max(self.peak, *map(_memory, processes))


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:  # it has ended
        return 0
