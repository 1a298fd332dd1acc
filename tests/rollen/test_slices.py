"""A row of the outbox isn't processed for long: the rest is queued as another row."""

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
    lists,
    removal,
)
from klanten_plugin.sync.rollen.keep import request_klant, sync_klant_now

from .conftest import make_klant, mirror, source, url_of, work
from .peers import RunningPeer

SetClock = Callable[[Iterable[float]], None]


@pytest.fixture
def peer(cm: RunningPeer) -> RunningPeer:
    """A single kind of API, because the duration doesn't depend on the kind."""
    return cm


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Make each reading of the slice's clock return the next of these times."""

    def use(moments: Iterable[float]) -> None:
        clock = SimpleNamespace(monotonic=iter(moments).__next__)
        for module in (rollen, meldingen, rollen_pass, lists, removal):
            monkeypatch.setattr(module, "time", clock)

    return use


def until(looks: int) -> Iterable[float]:
    """Return times that exceed the limit at this reading of the clock."""
    return chain(repeat(0.0, looks), repeat(rollen.SLICE_SECONDS + 1))


def ask_klant(_bron: RolBron, klant: Klant, _parent: str) -> None:
    request_klant(klant)


def ask_parent(bron: RolBron, _klant: Klant, parent: str) -> None:
    add_row(OutboxKind.ROL_CONTROLE, f"{bron.pk}:x:0", object_url=parent)


@pytest.mark.parametrize("ask", [ask_klant, ask_parent])
@pytest.mark.parametrize(
    ("looks", "asked", "is_left"),
    # the first reading is at the start, the second after the only page
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
    # from the first row of a database
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


@pytest.mark.parametrize("seconds", [0.1, 0.7, 1.5, 40.0])
def test_many_relations_are_removed_in_slices(
    peer: RunningPeer, bron: RolBron, set_clock: SetClock, seconds: float
) -> None:
    """Time advances by several slices per reading, but every slice makes progress."""
    KlantenConfig.objects.update(rollen_beleid=RollenBeleid.REMOVE)
    klant = make_klant()
    known = peer.force(*[peer.row(url_of(klant)) for _ in range(25)])
    sync_klant_now(klant, bron)
    peer.delete(known[0])
    # created after the last check, under two spellings; one is known by now
    peer.force(*[peer.row(url_of(klant)) for _ in range(5)])
    odd = peer.force(peer.row(f"{url_of(klant)}?expand=all"))
    sync_relatie(bron, odd[0])
    stays = peer.relate(url_of(make_klant()))
    delete_klant(klant)
    before = len(peer.asked)
    set_clock(count(step=rollen.SLICE_SECONDS * seconds))
    work(rounds=60)
    assert [row["url"] for row in peer.relations()] == [stays]
    assert not KlantRol.objects.current().exists()
    deleted = [line for line in peer.asked[before:] if line.startswith("DELETE")]
    assert len(deleted) == len(set(deleted)) == 31
    rows = OutboxRow.objects.filter(kind=OutboxKind.ROL_VERWIJDEREN)
    assert {row.state for row in rows} == {"done"}
    assert len(peer.asked) - before < 3 * len(deleted)


def test_a_relation_that_stays_after_its_removal(
    peer: RunningPeer, bron: RolBron
) -> None:
    """The service confirms the deletion but still returns it, which must not loop."""
    klant = make_klant()
    [url] = peer.force(peer.row(url_of(klant)))
    sync_klant_now(klant, bron)
    KlantenConfig.objects.update(rollen_beleid=RollenBeleid.REMOVE)
    delete_klant(klant)
    peer.habit(keeps_deleted=True)
    work()
    row = OutboxRow.objects.get(kind=OutboxKind.ROL_VERWIJDEREN)
    assert row.state == "waiting"
    assert "maar geeft haar nog" in row.last_error
    deleted = [line for line in peer.asked if line.startswith("DELETE")]
    assert len(deleted) == 1
    peer.habit(keeps_deleted=False)
    work(due_only=False)
    assert peer.relations() == []
    assert KlantRol.objects.get(url=url).retired_at


def sync_relatie(bron: RolBron, url: str) -> None:
    """Check one relation, as after a notification."""
    add_row(OutboxKind.ROL_CONTROLE, f"{bron.pk}:x:0", object_url=url)
    work()


def test_a_pass_is_done_in_slices(
    peer: RunningPeer, bron: RolBron, set_clock: SetClock
) -> None:
    peer.force(*[peer.row(url_of(make_klant())) for _ in range(25)])
    request_pass(bron)
    # time for one page, or one request
    set_clock(count(step=rollen.SLICE_SECONDS * 0.7))
    work()
    assert mirror() == source(peer)
    rows: Any = OutboxRow.objects.filter(kind=OutboxKind.ROL_BRON)
    assert [row.state for row in rows] == ["done"] * 4
