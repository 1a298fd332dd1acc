"""Every spelling of a klant's URL, and other addresses of this host and of sources."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.core.management import call_command

import pytest

from klanten_plugin.constants import OutboxKind, RollenBeleid
from klanten_plugin.domain.klanten.changes import ChangeContext
from klanten_plugin.domain.klanten.write import create_klant, delete_klant
from klanten_plugin.domain.rollen.inbox import Notification, take_notification
from klanten_plugin.domain.rollen.sources import moment, request_pass, set_aliases
from klanten_plugin.models import (
    Klant,
    KlantenConfig,
    KlantRol,
    OtherRelatie,
    OutboxRow,
    RolBron,
)
from klanten_plugin.sync.outbox.upkeep import health
from klanten_plugin.sync.rollen.keep import sync_klant_now

from .conftest import OWN, make_klant, mirror, source, url_of, work
from .peers import RunningPeer

ALIAS = "http://outway.internal:8080/gemeente/klanten/api/v1"


def spellings(klant: Klant) -> list[str]:
    """Return URLs of the klant in different spellings."""
    uuid = str(klant.uuid)
    root = f"{OWN}/klanten"
    return [
        f"{root}/{uuid}",
        f"{root}/{uuid.upper()}",
        f"{root}/{uuid.replace('-', '')}",
        f"{root}/{uuid}?expand=all",
        f"{root}/{uuid}#top",
        f"HTTP://TESTSERVER/klanten/api/v1/klanten/{uuid}",
        f"http://testserver:80/klanten/api/%76%31/klanten/{uuid}",
        f"http://testserver/klanten/x/../api/v1/klanten/{uuid}",
        f"http://klanten.internal:8000/klanten/api/v1/klanten/{uuid}",
    ]


STRANGE = {
    "https://elders.nl/klanten/api/v1/klanten/1": "een adres dat niet van deze",
    f"{ALIAS}/klanten/{uuid4()}": "een adres dat niet van deze",
    "geen URL": "geen http- of https-adres",
    "http://testserver/klanten/api/v1/klänten/1": "een adres dat niet van deze",
    "x" * 1001: "geen bruikbare waarde in klant",
    "": "geen bruikbare waarde in klant",
}


@pytest.fixture(autouse=True)
def _names(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "klanten.internal"]


def read_all(bron: RolBron) -> RolBron:
    request_pass(bron)
    work(due_only=False)
    bron.refresh_from_db()
    return bron


def test_every_spelling_is_mirrored_and_found(
    peer: RunningPeer, bron: RolBron, capsys: pytest.CaptureFixture[str]
) -> None:
    klant = make_klant()
    urls = peer.force(*[peer.row(url) for url in spellings(klant)])
    read_all(bron)
    assert {rol.url for rol in klant.rollen.current()} == set(urls)
    # one more with an unknown spelling, and one less
    more = peer.force(peer.row(f"{url_of(klant)}?x=y"))
    peer.delete(urls[3])
    call_command("klanten_rollen", "klant", str(klant.uuid))
    work()
    found = {rol.url for rol in klant.rollen.current()}
    assert found == {*urls[:3], *urls[4:], *more}


def test_every_spelling_is_removed(peer: RunningPeer, bron: RolBron) -> None:
    KlantenConfig.objects.update(rollen_beleid=RollenBeleid.REMOVE)
    klant, other = make_klant(), make_klant()
    peer.force(*[peer.row(url) for url in spellings(klant)])
    stays = peer.force(*[peer.row(url) for url in spellings(other)])
    read_all(bron)
    delete_klant(klant)
    work()
    assert {row["url"] for row in peer.relations()} == set(stays)
    assert other.rollen.current().count() == len(stays)


def test_what_is_not_ours_is_listed_with_its_reason(
    peer: RunningPeer, bron: RolBron
) -> None:
    klant = make_klant()
    peer.force(peer.row(url_of(klant)), *[peer.row(url) for url in STRANGE])
    read_all(bron)
    assert klant.rollen.count() == KlantRol.objects.count() == 1
    listed = dict(OtherRelatie.objects.values_list("klant_url", "reason"))
    assert listed.keys() == {url[:1000] for url in STRANGE}
    for url, reason in STRANGE.items():
        assert reason in listed[url[:1000]]
    # stored once, and removed from the list when it is deleted at its source
    read_all(bron)
    assert OtherRelatie.objects.count() == len(STRANGE)
    for row in peer.relations():
        peer.delete(row["url"])
    read_all(bron)
    assert not OtherRelatie.objects.exists()


def test_an_alias_that_is_added_links_what_is_there(
    peer: RunningPeer, bron: RolBron
) -> None:
    klant = make_klant()
    peer.force(peer.row(url_of(klant, ALIAS)), peer.row("https://elders.nl/1"))
    read_all(bron)
    assert not klant.rollen.exists()
    asked = len(peer.asked)
    config = KlantenConfig.get_solo()
    config.rollen_aliassen = [ALIAS]
    config.save()
    work()
    assert klant.rollen.current().count() == 1
    assert OtherRelatie.objects.get().klant_url == "https://elders.nl/1"
    assert len(peer.asked) == asked, "no service was asked for that"


@pytest.mark.parametrize("retired", [False, True])
def test_a_klant_that_comes_back_has_its_roles(
    peer: RunningPeer, bron: RolBron, retired: bool
) -> None:
    klant = make_klant()
    uuid, values = klant.uuid, {"uuid": klant.uuid, "bronorganisatie": "123456782"}
    values |= {"subject": "https://subjecten.nl/1", "subject_type": ""}
    [url] = peer.force(peer.row(url_of(klant)))
    read_all(bron)
    delete_klant(klant)
    work()
    if retired:
        peer.delete(url)
        read_all(bron)
    back = create_klant({**values, "website_url": "https://x.nl/"}, ChangeContext())
    assert back.uuid == uuid
    assert back.rollen.count() == 1
    assert back.rollen.current().count() == (0 if retired else 1)


# --- unusable relations


@pytest.mark.parametrize(
    "klant_url", ["http://testserver/klänten", "x" * 1001, "\u202e", "a\nb"]
)
def test_an_unusable_relation_is_no_alarm(
    peer: RunningPeer, bron: RolBron, klant_url: str
) -> None:
    """It pauses nothing, and the other relations of its service are processed."""
    klant = make_klant()
    [url] = peer.force(peer.row(klant_url))
    notification = Notification(
        peer.kind.name, peer.kind.relation, url, "create", moment()
    )
    assert take_notification(notification)
    work(due_only=False)
    good = peer.relate(url_of(klant))
    sync_klant_now(klant, bron)
    assert mirror().keys() == {good}
    assert OtherRelatie.objects.get().url == url
    assert health().given_up == health().waiting == 0
    bron.refresh_from_db()
    assert (bron.failures, bron.call_error, bron.paused_until) == (0, "", None)


# --- a source whose URLs have another host


OWNER = "http://owner.internal:8000"


def test_an_owner_with_another_host_in_its_urls(
    peer: RunningPeer, bron: RolBron
) -> None:
    klant = make_klant()
    peer.force(*[peer.row(url_of(klant)) for _ in range(25)])
    read_all(bron)
    before = mirror()
    peer.habit(origin=OWNER)
    request_pass(bron)
    work()
    bron.refresh_from_db()
    assert mirror() == before
    assert f"URLs onder {OWNER}/api/v1, en niet onder haar API-root" in bron.pass_error
    assert "andere API-roots van deze bron" in bron.pass_error
    assert not KlantRol.objects.exclude(retired_at=None).exists()
    # with the alias nothing changes, and new relations are stored under the API root
    set_aliases(bron, [f"{OWNER}/api/v1/"])
    peer.relate(url_of(klant))
    work(due_only=False)
    bron.refresh_from_db()
    assert bron.pass_error == bron.call_error == ""
    assert len(mirror()) == 26
    assert mirror() == source(peer)
    assert all(url.startswith(peer.root) for url in mirror())
    sync_klant_now(klant, bron)
    assert mirror() == source(peer)


def test_an_owner_that_always_had_another_host(
    peer: RunningPeer, bron: RolBron
) -> None:
    """Even if nothing was mirrored yet, it is reported, and nothing is mirrored."""
    peer.habit(origin=OWNER)
    peer.force(*[peer.row(url_of(make_klant())) for _ in range(15)])
    request_pass(bron)
    work()
    bron.refresh_from_db()
    assert "andere API-roots" in bron.pass_error
    assert not KlantRol.objects.exists()
    row = OutboxRow.objects.get(kind=OutboxKind.ROL_BRON)
    assert row.state == "waiting", "it goes on as soon as that is mended"
