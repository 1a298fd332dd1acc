"""Rows that crash workers, workers that hang, clock differences, and age."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from klanten_plugin.sync.outbox.run import MOST_ABANDONED
from tests.faults.conftest import Profile, Say, assert_whole
from tests.faults.consumer import Consumer
from tests.faults.ledger import Ledger
from tests.faults.rig import OUTBOX, WORKERS, Rig, eventually
from tests.faults.variables import CLOCK_AHEAD

NOTIFICATIONS = "notifications_api_common_notificationsconfig"
DAYS = 8
FEW = 40
DAY = 24 * 3600


def test_a_row_that_kills_its_worker(rig: Rig, profile: Profile, say: Say) -> None:
    """For example a message that exhausts the memory. Only this row is given up."""
    consumer = Consumer(rig.host, Ledger())
    url = consumer.create()
    rig.wait_until_settled()
    rig.stub.misbehave({"kind": "timeout", "seconds": 8.0, "match": url})
    consumer.change(url, "A")
    while not rig.count("state = 'given_up'"):
        eventually(
            lambda: kill_who_delivers(rig) or rig.count("state = 'given_up'"),
            "the row is taken up",
        )
    consumer.requests(profile.requests)
    rig.wait_until_settled()

    [(workers, error)] = rig.sql(
        f"SELECT abandoned, last_error FROM {OUTBOX} WHERE state = 'given_up'"  # noqa: S608
    )
    balance = consumer.ledger.balance(rig.stub.messages())
    say(f"{balance}; given up after {workers} workers: {error}")
    assert workers == MOST_ABANDONED
    assert "keer achtereen gestopt" in error
    assert balance.lost == 1

    rig.stub.behave()
    rig.django("klanten_outbox", "retry", "--state=given_up")
    rig.wait_until_settled()
    assert_whole(consumer.ledger.balance(rig.stub.messages()))


def kill_who_delivers(rig: Rig) -> bool:
    """Kill the process that delivers with SIGKILL. The worker starts another."""
    if not rig.stub.in_hand():
        return False
    port = int(rig.stub.origin.rpartition(":")[2])
    for child in (each for name in WORKERS for each in rig.connected(name, port)):
        child.kill()
        return True
    return False


def test_a_worker_that_stood_still_between_its_claim_and_the_call(
    rig: Rig, say: Say
) -> None:
    """Until its lease expired, and another worker claimed the row."""
    consumer = Consumer(rig.host, Ledger())
    with locked(rig, NOTIFICATIONS):
        consumer.create()
        # both hold the row in turn, before reading the address of the API
        eventually(lambda: rig.count("attempts > 1"), "another worker has the row")
    rig.wait_until_settled()

    balance = consumer.ledger.balance(rig.stub.messages())
    say(str(balance))
    assert_whole(balance)
    assert balance.doubled == 0


@contextmanager
def locked(rig: Rig, table: str) -> Iterator[None]:
    """Lock this table against reads."""
    with psycopg.connect(rig.host.urls.database) as connection:
        connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        yield


@pytest.fixture
def ahead(rig: Rig) -> Iterator[str]:
    """Run a single worker, whose clock is eight days ahead."""
    for name in WORKERS:
        rig.stop(name)
    rig.change_environment("single", **{CLOCK_AHEAD: str(DAYS * DAY)})
    rig.start("single")
    try:
        yield "single"
    finally:
        rig.stop("single")
        for name in WORKERS:
            rig.start(name)


def test_a_worker_whose_clock_is_days_ahead(rig: Rig, ahead: str, say: Say) -> None:
    """Age is measured by the database's clock, so nothing is given up.

    Only a few rows, even in the long form: after five failures in a row a remote is
    paused for seconds, so retrying hundreds of rows takes a quarter of an hour.
    """
    rig.sql(f"UPDATE {NOTIFICATIONS} SET notification_delivery_max_retries = 1")  # noqa: S608
    try:
        rig.stop("nrc")
        ledger = Ledger()
        try:
            Consumer(rig.host, ledger).requests(FEW)
            eventually(lambda: rig.count("attempts > 2"), "delivery was tried often")
            given_up = rig.count("state = 'given_up'")
        finally:
            rig.start("nrc")  # the other tests need it as well
        rig.wait_until_settled()
    finally:
        rig.sql(f"UPDATE {NOTIFICATIONS} SET notification_delivery_max_retries = 5")  # noqa: S608

    balance = ledger.balance(rig.stub.messages())
    say(f"{balance}; {given_up} given up by {ahead}, {DAYS} days ahead")
    assert given_up == 0
    assert_whole(balance)
