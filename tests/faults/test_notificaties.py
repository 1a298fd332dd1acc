"""The Notificaties API fails for a while, or permanently refuses some messages."""

from __future__ import annotations

from typing import Any

from tests.faults.conftest import Profile, Say, assert_whole
from tests.faults.consumer import Consumer
from tests.faults.ledger import Ledger
from tests.faults.rig import OUTBOX, Rig, eventually

FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "status", "status": 500},
    {"kind": "reset"},
    {"kind": "html"},
    {"kind": "lost_answer"},
    {"kind": "timeout", "seconds": 8.0},
    {"kind": "status", "status": 503, "headers": {"Retry-After": "1"}},
    {"kind": "drip", "seconds": 0.2},
    {"kind": "large"},
)
REFUSAL = {"invalidParams": [{"name": "kenmerken.subjectType", "code": "invalid"}]}


def test_faults_for_a_while(rig: Rig, profile: Profile, say: Say) -> None:
    ledger = Ledger()
    rig.stub.misbehave(*({**each, "count": profile.faults} for each in FAULTS))
    Consumer(rig.host, ledger).requests(profile.requests)
    rig.wait_until_settled()

    balance = ledger.balance(rig.stub.messages())
    tries = rig.sql(f"SELECT sum(attempts) FROM {OUTBOX}")[0][0]  # noqa: S608
    say(f"{balance}; {tries} tries, {len(FAULTS)} faults {profile.faults} times each")
    assert_whole(balance)
    assert rig.count("state = 'given_up'") == 0
    assert tries >= balance.sent + len(FAULTS) * profile.faults


def test_the_api_is_down_for_a_while(rig: Rig, profile: Profile, say: Say) -> None:
    ledger = Ledger()
    rig.stop("nrc")
    Consumer(rig.host, ledger).requests(profile.requests)
    eventually(lambda: rig.count("attempts > 0"), "delivery was tried")
    rig.start("nrc")
    rig.wait_until_settled()

    balance = ledger.balance(rig.stub.messages())
    say(str(balance))
    assert_whole(balance)


def test_a_message_that_is_refused(rig: Rig, profile: Profile, say: Say) -> None:
    consumer = Consumer(rig.host, Ledger())
    url = consumer.create()
    rig.stub.misbehave({"kind": "status", "status": 400, "match": url, "body": REFUSAL})
    consumer.change(url, "A")
    consumer.requests(profile.requests)
    rig.wait_until_settled()

    refused = rig.sql(
        f"SELECT object_url, last_error FROM {OUTBOX} WHERE state = 'given_up'"  # noqa: S608
    )
    assert {each for each, _error in refused} == {url}
    assert {error for _url, error in refused} == {
        "De Notificaties API antwoordde 400 (kenmerken.subjectType invalid)."
    }
    # the others continued
    balance = consumer.ledger.balance(rig.stub.messages())
    assert balance.lost == len(refused)
    assert balance.received == balance.sent - len(refused)

    rig.stub.behave()
    rig.django("klanten_outbox", "retry", "--state=given_up")
    rig.wait_until_settled()
    balance = consumer.ledger.balance(rig.stub.messages())
    say(f"{balance}; {len(refused)} were given up, and tried again by hand")
    assert_whole(balance)
