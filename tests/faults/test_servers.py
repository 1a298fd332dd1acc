"""PostgreSQL can't write rows for a while, or another server takes over."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

from testapp.launcher.folders import own_folder
from tests.faults.conftest import Profile, Say, assert_whole
from tests.faults.consumer import Consumer
from tests.faults.ledger import Ledger
from tests.faults.rig import OUTBOX, Rig, eventually
from tests.faults.test_database import (
    ask_until,
    assert_klanten_are_there,
    restart,
)

LIMIT = 16 * 1024 * 1024
"""Maximum bytes of a file: that of a segment of the write-ahead log, which must fit."""

PAGE = 8192
LIMITED = f'ulimit -S -f {LIMIT // 512} && exec "$0" "$@"'

PADDING = f"""
    INSERT INTO {OUTBOX} (kind, object_key, object_url, ordered, state, attempts,
        last_error)
    SELECT 'padding', n::text, repeat('x', 1000), false, 'done', 0, repeat('y', 500)
    FROM generate_series(1, %s) AS n
"""  # noqa: S608

CONSUMERS = 2
REFUSALS = 3


def test_no_room_for_rows(rig: Rig, profile: Profile, say: Say) -> None:
    """Requests are refused and workers can't claim rows until there is space again."""
    consumer = Consumer(rig.host, Ledger())
    fill_up(rig)
    rig.stub.misbehave({"kind": "slow", "seconds": 0.2})
    consumer.requests(profile.requests // 2)
    assert consumer.refused == []
    with full(rig):
        fill_up(rig)
        life = consumer.live()
        eventually(lambda: next(life) or refusals(consumer), "requests are refused")
    refused = len(consumer.refused)
    consumer.requests(profile.requests // 2)
    rig.wait_until_settled()

    balance = consumer.ledger.balance(rig.stub.messages())
    say(f"{balance}; {refused} requests refused while full")
    assert_whole(balance)
    assert_klanten_are_there(rig, consumer)


def refusals(consumer: Consumer) -> bool:
    """Return whether enough were refused to conclude that writing is impossible."""
    return len(consumer.refused) >= REFUSALS


def fill_up(rig: Rig) -> None:
    """Leave space for at most two pages of the outbox."""
    room = LIMIT - 2 * PAGE
    while (size := rig.sql("SELECT pg_relation_size(%s)", OUTBOX)[0][0]) < room:
        rig.sql(PADDING, max((room - size) // PAGE * 4, 1))


@contextmanager
def full(rig: Rig) -> Iterator[None]:
    """A PostgreSQL that can't create files larger than the limit."""
    part = rig.parts["postgres"]
    rig.parts["postgres"] = replace(
        part, command=["/bin/sh", "-c", LIMITED, *part.command]
    )
    restart(rig, signal.SIGINT)
    try:
        yield
    finally:
        rig.parts["postgres"] = part
        restart(rig, signal.SIGINT)


def test_failover_to_a_synchronous_standby(
    rig: Rig, profile: Profile, say: Say
) -> None:
    consumers = [Consumer(rig.host, Ledger()) for _each in range(CONSUMERS)]
    over = threading.Event()
    standby = make_standby(rig)
    with ThreadPoolExecutor(CONSUMERS) as pool:
        futures = [pool.submit(ask_until, over, each) for each in consumers]
        try:
            wait_for_answers(consumers, profile.requests // 4)
            fail_over(rig, standby)
            wait_for_answers(consumers, profile.requests // 4)
        finally:
            over.set()
        for future in futures:
            future.result()
    rig.wait_until_settled()

    ledger = Ledger()
    for each in consumers:
        ledger.accounts.update(each.ledger.accounts)
    balance = ledger.balance(rig.stub.messages())
    refused = sum(len(each.refused) for each in consumers)
    say(f"{balance}; {refused} requests failed")
    assert_whole(balance)
    for each in consumers:
        assert_klanten_are_there(rig, each)


def wait_for_answers(consumers: list[Consumer], number: int) -> None:
    before = sum(len(each.seconds) for each in consumers)
    eventually(
        lambda: sum(len(each.seconds) for each in consumers) >= before + number,
        "requests are answered",
    )


def make_standby(rig: Rig) -> str:
    """Start a synchronous standby, and return the name of its part."""
    cluster = replace(rig.cluster, parent=rig.cluster.parent / "standby")
    own_folder(cluster.parent, cluster.account)
    url = rig.host.urls.database.replace("postgres://", "postgresql://")
    rig.supervisor.run(
        cluster.program(
            "pg_basebackup",
            *("-D", str(cluster.data), "-R", "-X", "stream", "-c", "fast", "-d", url),
        )
    )
    rig.add_cluster("standby", cluster)
    rig.start("standby")
    rig.sql_alone("ALTER SYSTEM SET synchronous_standby_names = '*'")
    rig.sql("SELECT pg_reload_conf()")
    eventually(
        lambda: rig.sql("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"),
        "the standby has all that is committed",
    )
    return "standby"


def fail_over(rig: Rig, standby: str) -> None:
    """Crash the primary. The standby takes over its address, and is promoted."""
    running = rig.running["postgres"]
    rig.signal("postgres", signal.SIGQUIT)
    eventually(lambda: running.poll() is not None, "the primary has ended")
    rig.stop("postgres")
    rig.stop(standby)
    rig.take_place(standby)
    rig.start("postgres")
    rig.sql("SELECT pg_promote()")
