"""PostgreSQL is restarted under load, and confirmed changes aren't lost."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import Future, ThreadPoolExecutor

from tests.faults.conftest import Profile, Say, assert_whole
from tests.faults.consumer import Consumer
from tests.faults.ledger import Ledger
from tests.faults.rig import Rig, eventually

CONSUMERS = 3
BETWEEN = 15
"""Minimum number of requests per consumer between two restarts."""

# an orderly shutdown, and one like a crash
STOPS = (signal.SIGINT, signal.SIGQUIT)


def test_postgres_restarted_under_load(rig: Rig, profile: Profile, say: Say) -> None:
    consumers = [Consumer(rig.host, Ledger()) for _each in range(CONSUMERS)]
    over = threading.Event()
    with ThreadPoolExecutor(CONSUMERS) as pool:
        futures = [pool.submit(ask_until, over, each) for each in consumers]
        try:
            for number in range(profile.restarts):
                wait_for_requests(consumers, futures)
                restart(rig, STOPS[number % len(STOPS)])
            wait_for_requests(consumers, futures)
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
    say(f"{balance}; {profile.restarts} restarts, {refused} requests failed in them")
    assert_whole(balance)
    for each in consumers:
        assert_klanten_are_there(rig, each)


def ask_until(over: threading.Event, consumer: Consumer) -> None:
    """Send one request after the other."""
    for _step in consumer.live():
        if over.is_set():
            return


def wait_for_requests(consumers: list[Consumer], futures: list[Future[None]]) -> None:
    """Wait until each of them has received responses again."""
    before = [len(each.seconds) for each in consumers]
    for each, start, future in zip(consumers, before, futures, strict=True):
        eventually(
            lambda each=each, start=start, future=future: (
                future.done() or len(each.seconds) >= start + BETWEEN
            ),
            "requests are answered",
        )


def restart(rig: Rig, how: signal.Signals) -> None:
    running = rig.running["postgres"]
    rig.signal("postgres", how)
    eventually(lambda: running.poll() is not None, "PostgreSQL has ended")
    rig.stop("postgres")
    rig.start("postgres")


def assert_klanten_are_there(rig: Rig, consumer: Consumer) -> None:
    """Check the last written values, and one audit line per change."""
    found = dict(rig.sql("SELECT uuid::text, voornaam FROM klanten_plugin_klant"))
    lines: dict[str, int] = dict(
        rig.sql(
            "SELECT hoofd_object, count(*) FROM audittrails_audittrail"
            " GROUP BY hoofd_object"
        )
    )
    for url, voornamen in consumer.voornamen.items():
        account = consumer.ledger.accounts[url]
        assert found[url.rpartition("/")[2]] in voornamen
        changes = len(account.acties)
        assert changes <= lines[url] <= changes + account.unknown
