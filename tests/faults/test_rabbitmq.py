"""RabbitMQ as the broker of the host, if it is installed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from testapp.launcher.ports import free_port
from tests.faults.conftest import Profile, Say, assert_whole
from tests.faults.ledger import Ledger
from tests.faults.rabbitmq import end_epmd, find_program, is_up, node_part, node_url
from tests.faults.rig import WORKERS, Rig, eventually
from tests.faults.test_broker import median_while
from tests.faults.variables import BROKER_URL

CELERY = ("api", "beat", *WORKERS)


@pytest.fixture
def rabbitmq(rig: Rig, tmp_path: Path) -> Iterator[str]:
    """The host with this broker instead of Redis, and the name of its part."""
    program = find_program()
    if program is None:
        pytest.skip("no rabbitmq-server on this machine (apt install rabbitmq-server)")
    port = free_port()
    part = rig.parts["rabbitmq"] = node_part(program, tmp_path, port)
    url = node_url(port)
    try:
        start_broker(rig, url)
        move(rig, url)
        yield url
    finally:
        move(rig, "")
        rig.stop("rabbitmq")
        end_epmd(part)


def start_broker(rig: Rig, url: str) -> None:
    rig.start("rabbitmq")
    eventually(lambda: is_up(url), "RabbitMQ is up")


def move(rig: Rig, url: str) -> None:
    """Restart the parts that use the broker, with this one, or with Redis if empty."""
    for name in CELERY:
        rig.stop(name)
        rig.change_environment(name, **{BROKER_URL: url})
    for name in CELERY:
        rig.start(name)
    eventually(lambda: rig.stub.is_up(rig.host.address.url), "the API serves")


def test_rabbitmq_killed_frozen_and_stopped(
    rig: Rig, profile: Profile, rabbitmq: str, say: Say
) -> None:
    """No messages are persistent, but the rows are."""
    ledger = Ledger()
    medians = {"up": median_while(rig, profile, ledger)}
    rig.wait_until_settled()
    # hints were transported by it
    assert rig.stub.received()
    os.killpg(rig.running["rabbitmq"].pid, signal.SIGSTOP)
    medians["frozen"] = median_while(rig, profile, ledger)
    os.killpg(rig.running["rabbitmq"].pid, signal.SIGCONT)
    rig.kill("rabbitmq")
    medians["down"] = median_while(rig, profile, ledger)
    start_broker(rig, rabbitmq)
    rig.kill(WORKERS[0])
    rig.start(WORKERS[0])
    rig.wait_until_settled()

    balance = ledger.balance(rig.stub.messages())
    times = ", ".join(f"{name} {each * 1000:.1f}" for name, each in medians.items())
    say(f"{balance}; median ms of a request with RabbitMQ {times}")
    assert_whole(balance)
