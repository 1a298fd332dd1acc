"""Workers are killed while they read the roles of klanten, which change meanwhile."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

from testapp.launcher.peers import OWNERS
from tests.faults.conftest import Say
from tests.faults.consumer import Consumer
from tests.faults.ledger import Ledger
from tests.faults.rig import OUTBOX, WORKERS, Rig, eventually
from tests.rollen.peers import KINDS, RunningPeer

KLANTEN = 5
RELATIONS = 1500
PAGES = RELATIONS // 100
SECONDS_PER_PAGE = 1.0
"""Of the first half: a busy machine must notice in time that a worker is reading."""
CHANGES = 60
LIST = re.compile(r"GET /api/v1/klantcontactmomenten(\?page=(?P<page>\d+))?")
ROL = "klanten_plugin_klantrol"
BRON = "klanten_plugin_rolbron"
FACTS = "url, klant_url, betreft, rol, indicatie_machtiging, klant_id IS NULL"
CONFIG = "klanten_plugin_klantenconfig"


@pytest.fixture
def peers(rig: Rig) -> Iterator[dict[str, RunningPeer]]:
    """Both APIs as processes, configured in the host, which they notify."""
    assert rig.host.peers is not None
    found = {
        part: RunningPeer(
            KINDS[name],
            rig.host.peers.api_root(name).rstrip("/"),
            secret=rig.host.peers.secret,
        )
        for part, name in OWNERS.items()
    }
    for part, peer in found.items():
        rig.start(part)
        eventually(lambda peer=peer: rig.stub.is_up(peer.root), f"{part} is up")
    yield found
    for part, peer in found.items():
        peer.session.close()
        rig.stop(part)
    # later checks of contactmomenten, which the other tests would wait for
    soorten = [f"{CONFIG}_{name}_services" for name in KINDS]
    rig.sql(f"TRUNCATE {OUTBOX}, {BRON}, {ROL}, {', '.join(soorten)} CASCADE")


def test_kill_9_in_the_middle_of_a_pass(
    rig: Rig, peers: dict[str, RunningPeer], say: Say
) -> None:
    """Two workers and continuous notifications. One worker is killed while it reads."""
    consumer = Consumer(rig.host, Ledger())
    klanten = [consumer.create() for _klant in range(KLANTEN)]
    for peer in peers.values():
        rows = [peer.row(klanten[n % KLANTEN]) for n in range(RELATIONS)]
        peer.force(*rows)
    # one is long enough to be killed in, the other is changed meanwhile
    peers["cmc"].fault("slow", seconds=SECONDS_PER_PAGE, count=PAGES // 2)
    rig.django("testapp_connect")
    configure(rig)
    history = History(peers["vrc"], klanten)

    eventually(lambda: 2 < pages_read(rig, "contactmomenten") < PAGES // 2, "it reads")
    victim = worker_that_reads(rig, peers["cmc"])
    rig.kill(victim)
    read = pages_read(rig, "contactmomenten")
    rig.start(victim)
    for _change in range(CHANGES):
        history.change()
    for soort in KINDS:
        eventually(lambda soort=soort: is_complete(rig, soort), f"{soort} is read")
    eventually(
        lambda: mirror(rig) == source(*peers.values()), "mirror and source agree"
    )

    assert 0 < read < PAGES
    # the next worker resumed the pass
    asked = pages_asked(peers["cmc"])
    first_pass = asked[: asked.index(PAGES) + 1]
    assert first_pass == sorted(first_pass)
    assert set(first_pass) == set(range(1, PAGES + 1))
    assert retired(rig, "contactmomenten") == 0
    say(
        f"{victim} was killed after {read} of {PAGES} pages; {history.made} relations "
        f"made and {history.gone} removed meanwhile, {len(mirror(rig))} in the end"
    )


def configure(rig: Rig) -> None:
    """Configure both, which starts a pass."""
    assert rig.host.peers is not None
    rig.configure(rollen=rig.host.peers.systems()["rollen"])


class History:
    """Changes by other applications at an API that sends notifications."""

    def __init__(self, peer: RunningPeer, klanten: list[str]) -> None:
        self.peer, self.klanten = peer, klanten
        self.random = random.Random(1)  # noqa: S311 - to repeat it
        self.urls = [row["url"] for row in peer.relations()]
        self.made = self.gone = 0

    def change(self) -> None:
        """Add or remove a relation."""
        if self.random.random() < 0.5:
            self.urls.append(self.peer.relate(self.random.choice(self.klanten)))
            self.made += 1
        else:
            place = self.random.randrange(len(self.urls))
            self.peer.delete(self.urls.pop(place))
            self.gone += 1


def pages_asked(peer: RunningPeer) -> list[int]:
    """Return the numbers of the requested pages of the whole list, in order."""
    found = (LIST.fullmatch(line) for line in peer.asked)
    return [int(each["page"] or 1) for each in found if each]


def retired(rig: Rig, soort: str) -> int:
    """Return the number of retired roles of services of this kind."""
    [(count,)] = rig.sql(
        f"SELECT count(*) FROM {ROL} JOIN {BRON} ON bron_id = {BRON}.id"  # noqa: S608
        " WHERE soort = %s AND retired_at IS NOT NULL",
        soort,
    )
    return int(count)


def pages_read(rig: Rig, soort: str) -> int:
    """Wait until the current pass has read this number of pages."""
    rows = rig.sql(
        f"SELECT (pass_state->'walk'->>'pages')::int FROM {BRON} WHERE soort = %s",  # noqa: S608
        soort,
    )
    return rows[0][0] or 0 if rows else 0


def is_complete(rig: Rig, soort: str) -> bool:
    statement = f"SELECT last_complete_at FROM {BRON} WHERE soort = %s"  # noqa: S608
    return rig.sql(statement, soort) != [(None,)]


def worker_that_reads(rig: Rig, peer: RunningPeer) -> str:
    """Return the worker with a connection to this API."""
    port = int(peer.root.rpartition(":")[2].partition("/")[0])
    return str(eventually(lambda: _connected(rig, port), "a worker speaks with it"))


def _connected(rig: Rig, port: int) -> str:
    return next((name for name in WORKERS if any(rig.connected(name, port))), "")


def mirror(rig: Rig) -> dict[str, tuple[Any, ...]]:
    """Return the current mirrored roles by URL of the relation."""
    rows = rig.sql(f"SELECT {FACTS} FROM {ROL} WHERE retired_at IS NULL")  # noqa: S608
    return {url: tuple(facts) for url, *facts in rows}


def source(*peers: RunningPeer) -> dict[str, tuple[Any, ...]]:
    """Return the expected contents of the mirror, as all klanten exist."""
    return {
        row["url"]: (
            row["klant"],
            row[peer.kind.parent],
            row["rol"],
            row.get("indicatieMachtiging", ""),
            False,
        )
        for peer in peers
        for row in peer.relations()
    }
