"""RabbitMQ as the broker of the host, if it is installed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu import Connection

from testapp.launcher.ports import free_port
from testapp.launcher.processes import Part
from tests.faults.conftest import Profile, Say, assert_whole
from tests.faults.ledger import Ledger
from tests.faults.rig import WORKERS, Rig, eventually
from tests.faults.test_broker import median_while
from tests.faults.variables import BROKER_URL

PROGRAMS = (
    Path("/usr/lib/rabbitmq/bin/rabbitmq-server"),
    shutil.which("rabbitmq-server"),
)
"""Debian's start script only runs as root or as its account; the other for any user."""

CELERY = ("api", "beat", *WORKERS)


@pytest.fixture
def rabbitmq(rig: Rig, tmp_path: Path) -> Iterator[str]:
    """The host with this broker instead of Redis, and the name of its part."""
    program = next((each for each in PROGRAMS if each and Path(each).exists()), None)
    if program is None:
        pytest.skip("no rabbitmq-server on this machine (apt install rabbitmq-server)")
    port, environment = free_port(), node_environment(tmp_path)
    rig.parts["rabbitmq"] = Part(
        name="rabbitmq",
        command=[str(program)],
        cwd=tmp_path,
        env=environment | {"RABBITMQ_NODE_PORT": str(port)},
        grace=60,
    )
    url = f"amqp://guest:guest@127.0.0.1:{port}//"
    try:
        start_broker(rig, url)
        move(rig, url)
        yield url
    finally:
        move(rig, "")
        rig.stop("rabbitmq")
        subprocess.run(  # noqa: S603 - what the server has started
            [shutil.which("epmd") or "epmd", "-kill"], env=environment, check=False
        )


def node_environment(folder: Path) -> dict[str, str]:
    """Return the environment of a separate node, with its own files and ports."""
    return {
        "PATH": os.defpath,
        "HOME": str(folder),
        "LC_ALL": "C",
        "RABBITMQ_NODENAME": f"faults{os.getpid()}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "ERL_EPMD_PORT": str(free_port()),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_LOGS": str(folder / "rabbitmq.log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none.conf"),
    }


def start_broker(rig: Rig, url: str) -> None:
    rig.start("rabbitmq")
    eventually(lambda: answers(url), "RabbitMQ is up")


def answers(url: str) -> bool:
    try:
        with Connection(url, connect_timeout=2) as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
    except Exception:  # noqa: BLE001 - not yet
        return False
    return True


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
