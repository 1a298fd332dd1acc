"""An outage of the broker isn't visible to consumers, and nothing is lost."""

from __future__ import annotations

import signal
import statistics

from tests.faults.conftest import Profile, Say, assert_whole
from tests.faults.consumer import Consumer
from tests.faults.ledger import Ledger
from tests.faults.rig import Rig

WARM_UP = 10


def test_redis_stopped_and_frozen(rig: Rig, profile: Profile, say: Say) -> None:
    ledger = Ledger()
    Consumer(rig.host, ledger).requests(WARM_UP)
    medians = {"up": median_while(rig, profile, ledger)}
    rig.signal("redis", signal.SIGSTOP)
    medians["frozen"] = median_while(rig, profile, ledger)
    rig.signal("redis", signal.SIGCONT)
    rig.stop("redis")
    medians["down"] = median_while(rig, profile, ledger)
    rig.start("redis")
    rig.wait_until_settled()

    balance = ledger.balance(rig.stub.messages())
    times = ", ".join(f"{name} {each * 1000:.1f}" for name, each in medians.items())
    say(f"{balance}; median ms of a request with Redis {times}")
    assert_whole(balance)
    assert max(medians["frozen"], medians["down"]) <= 2 * medians["up"]


def median_while(rig: Rig, profile: Profile, ledger: Ledger) -> float:
    """Return the median seconds of a request. All get a 2xx."""
    consumer = Consumer(rig.host, ledger)
    consumer.requests(profile.requests)
    assert consumer.refused == []
    return statistics.median(consumer.seconds)


def test_two_beats_by_accident(rig: Rig, profile: Profile, say: Say) -> None:
    """Both send the same tasks. Rows are claimed, so each is processed once."""
    ledger = Ledger()
    rig.start("beat-2")
    try:
        Consumer(rig.host, ledger).requests(profile.requests)
        rig.wait_until_settled()
    finally:
        rig.stop("beat-2")

    balance = ledger.balance(rig.stub.messages())
    say(str(balance))
    assert_whole(balance)
    assert balance.doubled == 0
