"""Real HTTP in both directions: services send notifications, workers query them."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import connections

import pytest
import requests
from vng_api_common.authorizations.models import AuthorizationsConfig

from klanten_plugin.constants import OutboxKind, OutboxState
from klanten_plugin.models import KlantenConfig, KlantRol, OutboxRow, RolBron
from klanten_plugin.sync.handlers import HANDLERS
from klanten_plugin.sync.outbox.run import work_off
from klanten_plugin.sync.rollen.subscription import token
from tests.api_client import SECRET, make_application

from .conftest import choose, make_klant, mirror, source, url_of, waiting_kinds, work
from .peers import RunningPeer, running_peer

CALLBACK = "/klanten/api/callbacks/notificaties"


@pytest.fixture
def own(live_server: Any, settings: Any) -> str:
    """The address of this Klanten API, as the services know it."""
    settings.SITE_DOMAIN = live_server.url.removeprefix("http://")
    return f"{live_server.url}/klanten/api/v1"


@pytest.fixture
def subscribed(
    own: str, live_server: Any, cm: RunningPeer, vz: RunningPeer
) -> list[RolBron]:
    """Configure both services, and deliver their notifications to our callback.

    Like a Notificaties API, which sends the token of the subscription unchanged.
    """
    config = KlantenConfig.get_solo()
    config.abonnement_client_id = "klanten-abonnement"
    config.abonnement_secret = SECRET
    config.abonnement_kanalen = ["contactmomenten", "verzoeken"]
    config.save()
    bronnen = [choose(cm), choose(vz)]
    for peer in (cm, vz):
        peer.control(
            "publish", url=f"{live_server.url}{CALLBACK}", authorization=token(config)
        )
    work()
    return bronnen


@contextmanager
def workers(count: int) -> Iterator[None]:
    """Run this number of workers in this context."""
    stopping = threading.Event()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            while not stopping.is_set():
                for kind in waiting_kinds():
                    work_off(kind, HANDLERS[kind], 5.0)
                time.sleep(0.02)
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
    assert failures == []


def eventually(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_klantverzoek_by_notification(
    vz: RunningPeer, subscribed: list[RolBron], own: str
) -> None:
    klant = make_klant()
    with workers(1):
        url = vz.relate(url_of(klant, own), rol="initiator")
        assert eventually(lambda: klant.rollen.current().filter(url=url).exists())
        assert klant.rollen.get().rol == "initiator"
        vz.delete(url)
        assert eventually(lambda: not klant.rollen.current().exists())
    retired = KlantRol.objects.get(url=url)
    assert retired.retired_at is not None
    statuses = [sent["status"] for sent in vz.control("state")["sent"]]
    assert statuses == [204, 204, 204]


def test_contactmoment_by_notification(
    cm: RunningPeer, subscribed: list[RolBron], own: str
) -> None:
    """Its relations are created later, without a notification."""
    klant = make_klant()
    contactmoment = cm.parent()
    cm.wait_for_notifications()
    work()
    delays = sorted(
        int(task.object_key.rpartition(":")[2])
        for task in OutboxRow.objects.filter(kind=OutboxKind.ROL_CONTROLE)
    )
    assert delays == [5, 60, 600, 3600]
    for rol in ("belanghebbende", "gesprekspartner"):
        cm.relate(url_of(klant, own), contactmoment, rol)
    work()
    assert klant.rollen.count() == 0, "nothing is due yet"
    work(due_only=False)
    assert mirror() == source(cm, own=own)
    assert klant.rollen.current().count() == 2
    cm.delete(contactmoment)
    cm.wait_for_notifications()
    work()
    assert klant.rollen.current().count() == 0


@pytest.mark.parametrize("name", ["cm", "vz"])
def test_deleting_the_parent_retires_its_roles(
    request: pytest.FixtureRequest, subscribed: list[RolBron], own: str, name: str
) -> None:
    peer: RunningPeer = request.getfixturevalue(name)
    klant = make_klant()
    parent = peer.parent()
    peer.relate(url_of(klant, own), parent)
    peer.relate(url_of(klant, own))
    peer.wait_for_notifications()
    work(due_only=False)
    assert klant.rollen.current().count() == 2
    with workers(1):
        peer.delete(parent)
        assert eventually(lambda: klant.rollen.current().count() == 1)
    assert mirror() == source(peer, own=own)


def test_told_too_early(vz: RunningPeer, subscribed: list[RolBron], own: str) -> None:
    """A destroy that arrives before its relation is deleted is checked again."""
    klant = make_klant()
    url = vz.relate(url_of(klant, own))
    vz.wait_for_notifications()
    work(due_only=False)
    config = KlantenConfig.get_solo()
    body = {
        "kanaal": "verzoeken",
        "hoofdObject": url,
        "resource": "klantverzoek",
        "resourceUrl": url,
        "actie": "destroy",
        "aanmaakdatum": datetime.now(tz=UTC).isoformat(),
        "kenmerken": {},
    }
    origin = own.removesuffix("/klanten/api/v1")
    answer = requests.post(
        f"{origin}{CALLBACK}",
        json=body,
        headers={"Authorization": token(config)},
        timeout=10,
    )
    assert answer.status_code == 204
    work()
    assert klant.rollen.current().count() == 1, "it is still there"
    vz.control("publish", dropping=True)
    vz.delete(url)
    work(due_only=False)
    assert klant.rollen.current().count() == 0


@pytest.mark.parametrize("name", ["cm", "vz"])
def test_told_before_the_commit(
    request: pytest.FixtureRequest, subscribed: list[RolBron], own: str, name: str
) -> None:
    """Every write keeps its transaction open for up to three seconds afterwards."""
    peer: RunningPeer = request.getfixturevalue(name)
    klant = make_klant()
    peer.habit(hold=3)
    with workers(2):
        parent = peer.parent()
        urls = [peer.relate(url_of(klant, own), parent, rol) for rol in ROLES[name]]
        assert eventually(lambda: mirror() == source(peer, own=own))
        if name == "vz":
            peer.delete(urls[0])
            assert eventually(lambda: mirror() == source(peer, own=own))
        peer.delete(parent)
        assert eventually(lambda: mirror() == {})
    assert not OutboxRow.objects.filter(state=OutboxState.GIVEN_UP).exists()


ROLES = {"cm": ["belanghebbende", "gesprekspartner"], "vz": ["initiator"]}


def test_services_that_we_do_not_mirror_say_nothing(
    subscribed: list[RolBron], own: str
) -> None:
    with running_peer("verzoeken", "--trust-klanten") as stranger:
        config = KlantenConfig.get_solo()
        origin = own.removesuffix("/klanten/api/v1")
        stranger.control(
            "publish", url=f"{origin}{CALLBACK}", authorization=token(config)
        )
        stranger.relate(url_of(make_klant(), own))
        state = stranger.control("state")
        assert [sent["status"] for sent in state["sent"]] == [204, 204]
        work(due_only=False)
        assert [line for line in stranger.asked if line.startswith("GET")] == []
    assert KlantRol.objects.count() == 0


def test_a_peer_that_asks_whether_the_klant_exists(
    transactional_db: Any, own: str
) -> None:
    """As the real ones do on POST: with a token, or without one and refused."""
    config = AuthorizationsConfig.get_solo()
    config.component = "zrc"
    config.save()
    make_application("peer", "klanten.lezen")
    klant = url_of(make_klant(), own)
    with running_peer("contactmomenten", "--klanten-as", f"peer={SECRET}") as peer:
        assert peer.relate(klant)
        body = {"klant": f"{klant}x", "contactmoment": peer.parent(), "rol": "x"}
        refused = peer.ask(
            "POST", "klantcontactmomenten", json={**body, "rol": "belanghebbende"}
        )
        assert refused.json()["invalidParams"][0]["code"] == "bad-url"
    with running_peer("contactmomenten") as anonymous:
        body = {
            "klant": klant,
            "contactmoment": anonymous.parent(),
            "rol": "belanghebbende",
        }
        refused = anonymous.ask("POST", "klantcontactmomenten", json=body)
        assert refused.json()["invalidParams"][0]["code"] == "bad-url"


def test_two_workers_and_the_callback_at_once(
    cm: RunningPeer, vz: RunningPeer, subscribed: list[RolBron], own: str
) -> None:
    klanten = [make_klant() for _ in range(5)]
    choices = random.Random(1)  # noqa: S311
    made: list[str] = []
    with workers(2):
        for step in range(50):
            klant = choices.choice(klanten)
            if made and choices.random() < 0.4:
                vz.delete(made.pop(choices.randrange(len(made))))
            else:
                made.append(vz.relate(url_of(klant, own)))
            if step % 20 == 0:
                for bron in subscribed:
                    OutboxRow.objects.get_or_create(
                        kind=OutboxKind.ROL_BRON,
                        object_key=str(bron.pk),
                        state=OutboxState.WAITING,
                    )
        assert eventually(lambda: mirror() == source(vz, own=own))
    statuses = {sent["status"] for sent in vz.control("state")["sent"]}
    assert statuses == {204}
    assert mirror() == source(vz, own=own)
