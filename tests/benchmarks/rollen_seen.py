"""Latency of mirroring changes at a source of relations.

``python -m tests.benchmarks.rollen_seen [rounds]`` starts a host with its web server,
two workers and beat, with the default schedule, and a Contactmomenten, a Verzoeken and
a Notificaties API. Each round makes every kind of change in the table in
docs/rollen.md. Prints the median and maximum seconds until the mirror has them, next to
the promised maximum. Exits with 1 if that is exceeded.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import django

from testapp.launcher.peers import OWNERS
from tests.faults.rig import WORKERS, Rig, eventually, running_rig
from tests.rollen.peers import KINDS, RunningPeer

ROUNDS = 3
HOLD = 3.0
"""Maximum seconds that a source's transaction stays open after its notification."""

SCATTER = 45.0
"""Maximum seconds between two rounds, so that they meet beat in different phases."""

PAUSE = 0.25
CURRENT = "SELECT url FROM klanten_plugin_klantrol WHERE retired_at IS NULL"

PROMISED = {
    "verzoeken: new relation": 10,
    "verzoeken: new relation, told before the commit": 40,
    "verzoeken: relation removed": 40,
    "verzoeken: verzoek removed": 40,
    "contactmomenten: relation of a new contactmoment": 40,
    "contactmomenten: contactmoment removed": 40,
    "contactmomenten: new relation of an old contactmoment": 340,
    "contactmomenten: relation removed": 400,
}
"""Seconds, from docs/rollen.md. Each includes the 30 seconds between ticks of beat."""


@dataclass
class Change:
    """A change at a source, and the expected state of the mirror."""

    name: str
    url: str
    is_there: bool
    since: float


class Meter:
    """Makes changes, and waits until the mirror has all of them."""

    def __init__(self, rig: Rig, klant: str, cm: RunningPeer, vz: RunningPeer) -> None:
        self.rig, self.klant, self.cm, self.vz = rig, klant, cm, vz
        self.open: list[Change] = []
        self.seconds: dict[str, list[float]] = defaultdict(list)

    def change(self, name: str, url: str, act: Callable[[], object] | None) -> None:
        """Make the change, or record that the relation was created just now."""
        if act:
            act()
        self.open.append(Change(name, url, act is None, time.monotonic()))

    def current(self) -> set[str]:
        """Return the URLs of all current roles."""
        return {url for (url,) in self.rig.sql(CURRENT)}

    def wait(self, limit: float) -> None:
        """Wait until all are mirrored. Those that exceed the limit are infinity."""
        end = time.monotonic() + limit
        while self.open and time.monotonic() < end:
            current = self.current()
            now = time.monotonic()
            for each in list(self.open):
                if (each.url in current) == each.is_there:
                    self.seconds[each.name].append(now - each.since)
                    self.open.remove(each)
            time.sleep(PAUSE)
        for each in self.open:
            self.seconds[each.name].append(float("inf"))
        self.open.clear()


def one_round(meter: Meter) -> None:
    """Make every kind of change once. Removals are of relations mirrored before."""
    cm, vz, klant = meter.cm, meter.vz, meter.klant
    old = cm.parent()
    removed = cm.relate(klant, old), vz.relate(klant)
    parents = cm.parent(), vz.parent()
    with_parent = cm.relate(klant, parents[0]), vz.relate(klant, parents[1])
    eventually(
        lambda: {*removed, *with_parent} <= meter.current(), "what was made is seen"
    )
    # later checks of its contactmoment aren't part of the measurement
    meter.rig.sql("DELETE FROM klanten_plugin_outboxtask WHERE state = 'waiting'")
    meter.change("verzoeken: new relation", vz.relate(klant), None)
    vz.habit(hold=HOLD)
    held = vz.relate(klant)
    vz.habit(hold=0)
    meter.change("verzoeken: new relation, told before the commit", held, None)
    meter.change(
        "verzoeken: relation removed", removed[1], lambda: vz.delete(removed[1])
    )
    meter.change(
        "verzoeken: verzoek removed", with_parent[1], lambda: vz.delete(parents[1])
    )
    meter.change(
        "contactmomenten: relation of a new contactmoment",
        cm.relate(klant, cm.parent()),
        None,
    )
    meter.change(
        "contactmomenten: contactmoment removed",
        with_parent[0],
        lambda: cm.delete(parents[0]),
    )
    meter.wait(120)
    name = "contactmomenten: new relation of an old contactmoment"
    meter.change(name, cm.relate(klant, old, "gesprekspartner"), None)
    meter.wait(900)
    name = "contactmomenten: relation removed"
    meter.change(name, removed[0], lambda: cm.delete(removed[0]))
    meter.wait(900)


def measure(rig: Rig, rounds: int) -> Meter:
    """Run the rounds, in a host with the default schedule."""
    # they need Django's settings
    from tests.faults.consumer import Consumer
    from tests.faults.ledger import Ledger
    from tests.faults.test_rollen import configure, is_complete

    assert rig.host.peers is not None
    peers = []
    for part, name in OWNERS.items():
        root = rig.host.peers.api_root(name).rstrip("/")
        running = RunningPeer(KINDS[name], root, secret=rig.host.peers.secret)
        rig.start(part)
        eventually(
            lambda running=running: rig.stub.is_up(running.root), f"{part} is up"
        )
        peers.append(running)
    for part in ("beat", *WORKERS):
        rig.stop(part)
        rig.change_environment(part, DJANGO_SETTINGS_MODULE="testapp.settings")
        rig.start(part)
    klant = Consumer(rig.host, Ledger()).create()
    rig.django("testapp_connect")
    configure(rig)
    for soort in KINDS:
        eventually(lambda soort=soort: is_complete(rig, soort), f"{soort} is read")
    meter = Meter(rig, klant, *peers)
    for _round in range(rounds):
        time.sleep(random.uniform(0, SCATTER))  # noqa: S311
        one_round(meter)
        print(f"round {_round + 1} of {rounds} is done", flush=True)  # noqa: T201
    return meter


def main(rounds: int) -> int:
    """Print a line for each kind of change. Return 1 if one took too long."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testapp.settings")
    django.setup()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_rig(Path(folder) / "output.log") as rig,
    ):
        seconds = measure(rig, rounds).seconds
    for name, limit in PROMISED.items():
        found = seconds[name]
        print(  # noqa: T201
            f"{name}: median {statistics.median(found):.1f} s, longest "
            f"{max(found):.1f} s (at most {limit})"
        )
    return int(any(max(seconds[name]) > limit for name, limit in PROMISED.items()))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
