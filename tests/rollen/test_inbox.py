"""The checks that a notification queues, and when they are due."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

import pytest

from klanten_plugin.constants import OutboxKind
from klanten_plugin.domain.outbox import add_row
from klanten_plugin.domain.rollen.inbox import Notification, take_notification
from klanten_plugin.models import (
    KlantenConfig,
    KlantRol,
    OutboxRow,
    RolBron,
    UnknownRoot,
)
from klanten_plugin.sync.handlers import HANDLERS
from klanten_plugin.sync.outbox.run import Run, work_off
from klanten_plugin.sync.rollen.keep import sync_klant_now

from .conftest import make_klant, mirror, source, url_of
from .peers import RunningPeer

CONTROLE = OutboxKind.ROL_CONTROLE

NOW = [0]
TWICE = [0, 10]
LATER = [5, 60, 600, 3600]


def follow(url: str, resource: str, actie: str) -> None:
    notification = Notification("x", resource, url, actie, timezone.now())
    assert take_notification(notification)


def work() -> Run:
    return work_off(CONTROLE, HANDLERS[CONTROLE], 30)


@pytest.mark.parametrize(
    ("own", "path", "actie", "delays"),
    [
        ("relatie", "{relations}/1", "create", NOW),
        ("relatie", "{relations}/1", "update", TWICE),
        ("relatie", "{relations}/1", "iets", TWICE),
        ("relatie", "{relations}/1", "destroy", NOW),
        ("ouder", "{parents}/1", "create", LATER),
        ("ouder", "{parents}/1", "update", TWICE),
        ("ouder", "{parents}/1", "destroy", NOW),
        # neither is the other, nor another object of the service
        ("relatie", "{parents}/1", "create", []),
        ("ouder", "{relations}/1", "create", []),
        ("relatie", "objecten/1", "create", []),
        ("relatie", "{relations}/1/audittrail", "create", []),
    ],
)
@pytest.mark.parametrize("number", [0, 1])
def test_when_is_looked(
    bronnen: list[RolBron],
    cm: RunningPeer,
    vz: RunningPeer,
    own: str,
    path: str,
    actie: str,
    delays: list[int],
    number: int,
) -> None:
    bron, kind = bronnen[number], (cm, vz)[number].kind
    resource = kind.relation if own == "relatie" else kind.parent
    tail = path.format(relations=kind.relations, parents=kind.parents)
    url = f"{bron.service.api_root}{tail}"
    follow(url, resource, actie)

    rows = OutboxRow.objects.filter(kind=CONTROLE).order_by("next_attempt_at")
    waits = [row.next_attempt_at - row.created_at for row in rows]
    assert [round(wait.total_seconds()) for wait in waits] == delays
    assert {row.object_url for row in rows} <= {url}
    assert {row.object_key.partition(":")[0] for row in rows} <= {str(bron.pk)}
    wanted = {"create": "there", "destroy": "gone"} if delays == NOW else {}
    assert {row.payload["until"] for row in rows if row.payload} <= {
        wanted.get(actie, "")
    }
    assert not UnknownRoot.objects.exists()


def test_nobody_is_asked_of_what_is_not_mirrored(
    peer: RunningPeer, bron: RolBron
) -> None:
    klant = make_klant()
    urls = peer.force(*[peer.row(url_of(klant)) for _ in range(2)])
    root = bron.service.api_root
    parent = f"{root}{peer.kind.parents}/1"
    before = len(peer.asked)
    for url, resource in ((urls[0], peer.kind.relation), (parent, peer.kind.parent)):
        follow(url, resource, "destroy")
    follow("https://elders.nl/1", peer.kind.relation, "create")
    assert work() == Run(done=2)
    assert len(peer.asked) == before

    # but of current objects, for as long as they are current
    sync_klant_now(klant, bron)
    for url in urls:
        peer.delete(url)
    OutboxRow.objects.update(next_attempt_at="2020-01-01T00:00:00Z")
    before = len(peer.asked)
    assert work(), "nothing was queued for later: it was as the notification said"
    assert len(mirror()) == 2
    assert len(peer.asked) == before
    for url in urls:
        follow(url, peer.kind.relation, "destroy")
    assert work().done == 2
    assert mirror() == {}
    assert len(peer.asked) == before + 2


@pytest.mark.parametrize(("what", "left"), [("relation", 1), ("parent", 0)])
def test_a_deletion(peer: RunningPeer, bron: RolBron, what: str, left: int) -> None:
    klant = make_klant()
    urls = peer.force(*[peer.row(url_of(klant)) for _ in range(2)])
    sync_klant_now(klant, bron)
    for url in urls:
        peer.delete(url)
    parent = f"{bron.service.api_root}{peer.kind.parents}/1"
    told = urls[0] if what == "relation" else parent
    follow(told, getattr(peer.kind, what), "destroy")
    work()
    assert len(mirror()) == left


def test_a_service_that_is_not_chosen_any_more(
    peer: RunningPeer, bron: RolBron
) -> None:
    klant = make_klant()
    [url] = peer.force(peer.row(url_of(klant)))
    add_row(CONTROLE, f"{bron.pk}:x:0", object_url=url)
    getattr(KlantenConfig.get_solo(), f"{bron.soort}_services").set([])
    before = len(peer.asked)
    follow(url, peer.kind.relation, "create")
    assert work() == Run(done=1)
    assert len(peer.asked) == before
    assert not KlantRol.objects.exists()


def test_a_look_at_a_parent_is_about_its_own_relations(
    peer: RunningPeer, bron: RolBron
) -> None:
    klant = make_klant()
    parents = [peer.parent(), peer.parent()]
    urls = [peer.relate(url_of(klant), parent) for parent in parents]
    stays = peer.relate(url_of(make_klant()), parents[0])
    sync_klant_now(klant, bron)
    for url in urls:
        peer.delete(url)
    other = peer.relate(url_of(make_klant()), parents[1])
    before = len(peer.asked)
    follow(parents[0], peer.kind.parent, "update")
    work()
    assert mirror().keys() == {stays, urls[1]}
    # the list of this parent, and individually the relations missing in it
    asked: Any = [line.rpartition("/")[2] for line in peer.asked[before:]]
    assert len(asked) == 2
    assert asked[1] == urls[0].rpartition("/")[2]
    assert source(peer).keys() == {stays, other}
