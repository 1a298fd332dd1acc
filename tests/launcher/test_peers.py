"""The ports of the other systems of the demo, and their secret."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from testapp.launcher.peers import PROGRAMS, choose_peers

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "the secret of all peers"


def ports(data: Path) -> dict[str, int]:
    return choose_peers(data, SECRET).ports


def test_their_ports_stay(data: Path) -> None:
    before = ports(data)
    assert ports(data) == before
    assert len(set(before.values())) == len(PROGRAMS) + 1


def test_a_port_that_was_taken_is_exchanged(data: Path) -> None:
    before = ports(data)
    with socket.create_server(("127.0.0.1", before["verzoeken"])):
        after = ports(data)
    assert after["verzoeken"] != before["verzoeken"]
    assert after | {"verzoeken": before["verzoeken"]} == before
    assert ports(data) == after


def test_the_secret_is_in_no_argument_and_not_shown(data: Path) -> None:
    """Every user of the machine can read the arguments of a process."""
    peers = choose_peers(data, SECRET)
    commands = list(peers.commands("http://127.0.0.1:8000", "demo=secret"))
    assert SECRET not in repr(peers)
    assert [name for name, command, _ in commands if SECRET in str(command)] == []
    assert [name for name, _, env in commands if SECRET not in str(env)] == []
