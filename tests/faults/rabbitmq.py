"""A RabbitMQ node of the tests, if it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from kombu import Connection

from testapp.launcher.ports import free_port
from testapp.launcher.processes import Part

PROGRAMS = (
    Path("/usr/lib/rabbitmq/bin/rabbitmq-server"),
    shutil.which("rabbitmq-server"),
)
"""Debian's start script only runs as root or as its account; the other for any user."""


def find_program() -> str | None:
    """Return the path of the server, or ``None`` if it isn't installed."""
    found = next((each for each in PROGRAMS if each and Path(each).exists()), None)
    return str(found) if found else None


def node_part(program: str, folder: Path, port: int) -> Part:
    """Return a separate node, with its own files and ports."""
    environment = node_environment(folder)
    return Part(
        name="rabbitmq",
        command=[program],
        cwd=folder,
        env=environment | {"RABBITMQ_NODE_PORT": str(port)},
        grace=60,
    )


def node_url(port: int) -> str:
    return f"amqp://guest:guest@127.0.0.1:{port}//"


def node_environment(folder: Path) -> dict[str, str]:
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


def is_up(url: str) -> bool:
    """Return whether a client can connect."""
    try:
        with Connection(url, connect_timeout=2) as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
    except Exception:  # noqa: BLE001 - not yet
        return False
    return True


def end_epmd(part: Part) -> None:
    """Stop the name server that the node has started."""
    subprocess.run(  # noqa: S603 - what the server has started
        [shutil.which("epmd") or "epmd", "-kill"], env=dict(part.env), check=False
    )
