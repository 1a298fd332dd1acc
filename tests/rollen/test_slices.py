"""A row of the outbox isn't held for long: what is left goes on in another one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain, count, repeat
from types import SimpleNamespace
from typing import Any

import pytest

from klanten_plugin.constants import OutboxKind, RollenBeleid
from klanten_plugin.domain.klanten.write import delete_klant
from klanten_plugin.domain.outbox import add_row
from klanten_plugin.domain.rollen.sources import request_pass
from klanten_plugin.models import Klant, KlantenConfig, KlantRol, OutboxRow, RolBron
from klanten_plugin.sync.rollen import (
    full_pass as rollen_pass,
    inbox as meldingen,
    keep as rollen,
)
from klanten_plugin.sync.rollen.keep import request_klant, sync_klant_now

from .conftest import make_klant, mirror, source, url_of, work
from .peers import RunningPeer

SetClock = Callable[[Iterable[float]], None]


@pytest.fixture
def peer(cm: RunningPeer) -> RunningPeer:
    """One kind of API will do: what takes time is the same."""
    return cm


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Have each look at the clock of a slice give the next of these moments."""

    def use(moments: Iterable[float]) -> None:
        clock = SimpleNamespace(monotonic=iter(moments).__next__)
        for module in (rollen, meldingen, rollen_pass):
            monkeypatch.setattr(module, "time", clock)

    return use


def until(looks: int) -> Iterable[float]:
    """The time is over after so many looks at it."""
    return chain(repeat(0.0, looks), repeat(rollen.SLICE_SECONDS + 1))


def ask_klant(_bron: RolBron, klant: Klant, _parent: str) -> None:
    request_klant(klant)


def ask_parent(bron: RolBron, _klant: Klant, parent: str) -> None:
    add_row(OutboxKind.ROL_CONTROLE, f"{bron.pk}:x:0", object_url=parent)


@pytest.mark.parametrize("ask", [ask_klant, ask_parent])
@pytest.mark.parametrize(
    ("looks", "asked", "is_left"),
    # the first is at the start, the second after the one page
    [(1, 0, True), (2, 0, True), (4, 2, True), (5, 3, False)],
)
def test_what_one_look_has_no_time_for_is_for_the_pass(
    peer: RunningPeer,
    bron: RolBron,
    set_clock: SetClock,
    ask: Callable[[RolBron, Klant, str], None],
    looks: int,
    asked: int,
    is_left: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rollen, "BATCH", 2)
    klant = make_klant()
    urls = peer.force(*[peer.row(url_of(klant)) for _ in range(4)])
    sync_klant_now(klant, bron)
    # the first row that a new register has
    KlantRol.objects.filter(url=urls[0]).update(id=1)
    for url in urls[:3]:
        peer.delete(url)
    ask(bron, klant, f"{peer.root}/{peer.kind.parents}/1")
    before = len(peer.asked)
    set_clock(until(looks))
    work(rounds=1)
    singly = [line for line in peer.asked[before:] if _path(line) in map(_path, urls)]
    assert len(singly) == asked
    assert OutboxRow.objects.filter(kind=OutboxKind.ROL_BRON).exists() is is_left
    work()
    assert mirror() == source(peer)


def _path(url: str) -> str:
    return url.rpartition("/api/v1/")[2]


@pytest.mark.parametrize(("looks", "slices"), [(3, 2), (5, 2), (6, 1)])
def test_many_relations_are_removed_in_slices(
    peer: RunningPeer, bron: RolBron, set_clock: SetClock, looks: int, slices: int
) -> None:
    KlantenConfig.objects.update(rollen_beleid=RollenBeleid.REMOVE)
    klant = make_klant()
    gone, *_others = [peer.relate(url_of(klant)) for _ in range(4)]
    sync_klant_now(klant, bron)
    peer.delete(gone)
    sync_klant_now(klant, bron)
    delete_klant(klant)
    before = len(peer.asked)
    set_clock(until(looks))
    work()
    assert peer.relations() == []
    assert not KlantRol.objects.current().exists()
    # each once, and not what was gone before
    deleted = [line for line in peer.asked[before:] if line.startswith("DELETE")]
    assert len(deleted) == 3
    rows = OutboxRow.objects.filter(kind=OutboxKind.ROL_VERWIJDEREN)
    assert [row.state for row in rows] == ["done"] * slices


def test_a_pass_is_done_in_slices(
    peer: RunningPeer, bron: RolBron, set_clock: SetClock
) -> None:
    peer.force(*[peer.row(url_of(make_klant())) for _ in range(25)])
    request_pass(bron)
    # time for one page, or one time of asking
    set_clock(count(step=rollen.SLICE_SECONDS * 0.7))
    work()
    assert mirror() == source(peer)
    rows: Any = OutboxRow.objects.filter(kind=OutboxKind.ROL_BRON)
    assert [row.state for row in rows] == ["done"] * 4
