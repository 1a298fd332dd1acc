"""A random history on both sides, with faults, after which mirror and source agree.

``KLANTEN_FAULTS=long`` runs 2,000 operations.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from klanten_plugin.constants import RollenBeleid
from klanten_plugin.domain.klanten.write import delete_klant
from klanten_plugin.domain.rollen.sources import request_pass, request_passes
from klanten_plugin.models import Klant, KlantenConfig, KlantRol, RolBron
from klanten_plugin.sync.rollen.keep import request_klant

from .conftest import make_klant, mirror, source, url_of, work
from .peers import RunningPeer
from .test_live import own, subscribed, workers

__all__ = ["own", "subscribed"]

OPERATIONS = 2000 if os.environ.get("KLANTEN_FAULTS") == "long" else 250
FAULTS = ("down", "html", "gone", "reset", "half", "busy", "shuffle", "truncated")


class History:
    """Random actions of consumers, administrators, the network and workers."""

    def __init__(
        self, peers: list[RunningPeer], bronnen: list[RolBron], own: str
    ) -> None:
        self.peers, self.bronnen, self.own = peers, bronnen, own
        self.random = random.Random(20261121)  # noqa: S311
        self.done: dict[str, int] = {}
        self.number = 0

    def step(self) -> None:
        steps: dict[Callable[[], None], int] = {
            self.create: 4,
            self.relate: 12,
            self.relate_elsewhere: 2,
            self.relate_dangling: 1,
            self.unrelate: 6,
            self.delete_parent: 2,
            self.delete_klant: 1,
            self.change_policy: 1,
            self.break_something: 2,
            self.mend: 3,
            self.lose_notifications: 1,
            self.sync_klant: 2,
            self.reconcile: 1,
        }
        step = self.random.choices(list(steps), list(steps.values()))[0]
        self.done[step.__name__] = self.done.get(step.__name__, 0) + 1
        step()

    @property
    def peer(self) -> RunningPeer:
        return self.random.choice(self.peers)

    def klant(self) -> Klant:
        klanten = list(Klant.objects.order_by("pk"))
        return self.random.choice(klanten) if klanten else self.create()

    def create(self) -> Klant:
        self.number += 1
        return make_klant(klantnummer=f"h{self.number:07d}")

    def relate(self) -> None:
        peer = self.peer
        rol = self.random.choice(peer.kind.choices["rol"])
        self._do(lambda: peer.relate(url_of(self.klant(), self.own), rol=rol))

    def relate_elsewhere(self) -> None:
        url = f"https://elders.nl/klanten/api/v1/klanten/{uuid4()}"
        self._do(lambda: self.peer.relate(url))

    def relate_dangling(self) -> None:
        self._do(lambda: self.peer.relate(url_of(str(uuid4()), self.own)))

    def unrelate(self) -> None:
        peer = self.peer
        rows = peer.relations()
        if rows:
            url = self.random.choice(rows)["url"]
            self._do(lambda: peer.ask("DELETE", url))

    def delete_parent(self) -> None:
        peer = self.peer
        parents = peer.control("state")["parents"]
        if parents:
            url = self.random.choice(parents)["url"]
            self._do(lambda: peer.ask("DELETE", url))

    def delete_klant(self) -> None:
        delete_klant(self.klant())

    def change_policy(self) -> None:
        policy = self.random.choice(RollenBeleid.values)
        KlantenConfig.objects.update(rollen_beleid=policy)

    def break_something(self) -> None:
        self.peer.fault(self.random.choice(FAULTS), count=self.random.randint(1, 20))

    def mend(self) -> None:
        self.peer.mend()

    def lose_notifications(self) -> None:
        self.peer.control("publish", dropping=self.random.random() < 0.5)

    def sync_klant(self) -> None:
        request_klant(self.klant())

    def reconcile(self) -> None:
        request_pass(self.random.choice(self.bronnen))

    def _do(self, work: Callable[[], Any]) -> None:
        """Faults also affect a consumer of the service."""
        try:
            work()
        except (AssertionError, OSError):
            self.done["failed"] = self.done.get("failed", 0) + 1


def test_random_history(
    cm: RunningPeer,
    vz: RunningPeer,
    subscribed: list[RolBron],
    own: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    history = History([cm, vz], subscribed, own)
    with workers(2):
        for _step in range(OPERATIONS):
            history.step()
    for peer in (cm, vz):
        peer.mend()
        peer.control("publish", dropping=False)
    settle(subscribed)
    wanted = source(cm, vz, own=own)
    with capsys.disabled():
        retired = KlantRol.objects.exclude(retired_at=None).count()
        print(  # noqa: T201 - the numbers are what one wants to see
            f"\n{OPERATIONS} operations {history.done}: {len(wanted)} relations of ours, "
            f"{len(mirror())} mirrored, {retired} retired"
        )
    assert mirror() == wanted
    assert len(wanted) > 10


def settle(bronnen: list[RolBron]) -> None:
    """Let the workers process all rows, and run a full pass."""
    work(due_only=False, rounds=30)
    request_passes()
    work(due_only=False, rounds=30)
    for bron in bronnen:
        bron.refresh_from_db()
        assert bron.pass_state is None
        assert (bron.pass_error, bron.call_error) == ("", "")
