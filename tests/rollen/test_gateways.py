"""A single error of a gateway ends no role. Only responses of the API itself count."""

from __future__ import annotations

import pytest

from klanten_plugin.constants import OutboxKind, RollenBeleid
from klanten_plugin.domain.klanten.write import delete_klant
from klanten_plugin.domain.rollen.inbox import Notification, take_notification
from klanten_plugin.domain.rollen.sources import moment
from klanten_plugin.models import KlantenConfig, KlantRol, OutboxRow, RolBron
from klanten_plugin.sync.rollen.keep import request_klant, sync_klant_now

from .conftest import make_klant, mirror, source, url_of, work
from .peers import RunningPeer

ODD = ["gone", "not-allowed", "redirect", "foreign", "html", "down", "half"]

TOLD = [
    # only the end of a relation could be believed wrongly
    *[("destroy", what, mode) for what in ("relation", "parent") for mode in ODD],
    *[
        (actie, what, mode)
        for actie in ("create", "update")
        for what in ("relation", "parent")
        for mode in ("gone", "html")
    ],
]


@pytest.fixture
def peer(vz: RunningPeer) -> RunningPeer:
    """One kind of API: the responses of both are read by the same client."""
    return vz


@pytest.mark.parametrize("mode", [mode for mode in ODD if mode != "half"])
def test_removal(peer: RunningPeer, bron: RolBron, mode: str) -> None:
    KlantenConfig.objects.update(rollen_beleid=RollenBeleid.REMOVE)
    klant = make_klant()
    peer.force(*[peer.row(url_of(klant)) for _ in range(3)])
    sync_klant_now(klant, bron)
    delete_klant(klant)
    peer.fault(mode, count=1)
    work()
    row = OutboxRow.objects.get(kind=OutboxKind.ROL_VERWIJDEREN)
    assert row.state == "waiting"
    assert len(peer.relations()) == KlantRol.objects.current().count() == 3
    work(due_only=False)
    assert peer.relations() == []
    assert not KlantRol.objects.current().exists()


@pytest.mark.parametrize(("actie", "what", "mode"), TOLD)
def test_notification(
    vz: RunningPeer, bronnen: list[RolBron], actie: str, what: str, mode: str
) -> None:
    klant = make_klant()
    parent = vz.parent()
    url = vz.relate(url_of(klant), parent)
    if actie != "create":
        sync_klant_now(klant, bronnen[1])
    if actie == "destroy":
        vz.delete(url if what == "relation" else parent)
    told = url if what == "relation" else parent
    resource = getattr(vz.kind, what)
    vz.fault(mode, count=1)
    take_notification(Notification("verzoeken", resource, told, actie, moment()))
    before = mirror()
    work()
    assert not OutboxRow.objects.filter(state="given_up").exists()
    assert mirror() == before or (actie == "create" and mirror() == source(vz))
    work(due_only=False)
    assert mirror() == source(vz)


@pytest.mark.parametrize("mode", ODD)
def test_roles_of_a_klant(peer: RunningPeer, bron: RolBron, mode: str) -> None:
    klant = make_klant()
    peer.relate(url_of(klant))
    sync_klant_now(klant, bron)
    before = mirror()
    peer.fault(mode, count=1)
    request_klant(klant)
    work()
    assert mirror() == before
    peer.relate(url_of(klant))
    work(due_only=False)
    assert mirror() == source(peer)
