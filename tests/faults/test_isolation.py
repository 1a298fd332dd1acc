"""A host whose transactions are REPEATABLE READ by default."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.conftest import Profile, Say, assert_whole
from tests.faults.consumer import Consumer
from tests.faults.ledger import Ledger
from tests.faults.rig import WORKERS, Rig, eventually

CONSUMERS = 3
PARAMETER = "default_transaction_isolation"


@pytest.fixture
def repeatable(rig: Rig) -> Iterator[None]:
    """Like a database administrator's setting for all connections."""
    [(database,)] = rig.sql("SELECT current_database()")
    rig.sql(f"ALTER DATABASE {database} SET {PARAMETER} = 'repeatable read'")
    try:
        yield
    finally:
        rig.sql(f"ALTER DATABASE {database} RESET {PARAMETER}")


@pytest.mark.usefixtures("repeatable")
def test_repeatable_read(rig: Rig, profile: Profile, say: Say) -> None:
    assert rig.sql(f"SHOW {PARAMETER}") == [("repeatable read",)]
    consumers = [Consumer(rig.host, Ledger()) for _each in range(CONSUMERS)]
    rig.stub.misbehave({"kind": "status", "status": 503, "count": profile.faults})
    with ThreadPoolExecutor(CONSUMERS) as pool:
        for each in consumers:
            pool.submit(each.requests, profile.requests)
        eventually(rig.stub.received, "messages arrive")
        rig.kill(WORKERS[0])
        rig.start(WORKERS[0])
    rig.wait_until_settled()

    ledger = Ledger()
    for each in consumers:
        ledger.accounts.update(each.ledger.accounts)
    balance = ledger.balance(rig.stub.messages())
    refused = [status for each in consumers for status in each.refused]
    say(f"{balance}; refused: {refused}")
    assert_whole(balance)
    assert refused == []
    assert rig.count("state = 'given_up'") == 0
