"""The ports of the other systems of the demo, and their files."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from testapp.launcher.peers import NAMES, choose_peers, drop_kept

if TYPE_CHECKING:
    from testapp.launcher.layout import Layout
    from testapp.launcher.peers import Peers


def ports(peers: Peers) -> list[int]:
    return [getattr(peers, name).port for name in NAMES]


def test_their_ports_stay_and_their_secrets_do_not(layout: Layout) -> None:
    before, after = choose_peers(layout.ports), choose_peers(layout.ports)
    assert ports(after) == ports(before)
    assert len(set(ports(after))) == len(NAMES)
    assert after.nhr.secret != before.nhr.secret
    assert after.nhr.secret not in repr(after)


def test_a_port_that_was_taken_is_exchanged(layout: Layout) -> None:
    before = choose_peers(layout.ports)
    with socket.create_server(("127.0.0.1", before.verzoeken.port)):
        after = choose_peers(layout.ports)
    assert after.verzoeken.port != before.verzoeken.port
    assert ports(after)[:3] == ports(before)[:3]
    assert ports(choose_peers(layout.ports)) == ports(after)


def test_starting_over_drops_what_they_kept(layout: Layout) -> None:
    kept = layout.data / "postgres-16.verzoeken.json"
    another = layout.data / "postgres-17.verzoeken.json"
    for path in (kept, another):
        path.touch()
    drop_kept(layout.data / "postgres-16")
    assert (kept.exists(), another.exists()) == (False, True)
