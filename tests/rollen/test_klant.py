"""The roles of one klant: on demand, after its deletion, and for the host."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

import pytest
from structlog.testing import capture_logs

from klanten_plugin.constants import (
    ROLLEN,
    OutboxKind,
    OutboxState,
    RolChange,
    RollenBeleid,
    RolSoort,
)
from klanten_plugin.domain.klanten.write import delete_klant
from klanten_plugin.domain.outbox import add_row
from klanten_plugin.domain.rollen.mirror import apply_gone, apply_seen, rol_changed
from klanten_plugin.domain.rollen.sources import locked_bron, moment
from klanten_plugin.models import (
    Klant,
    KlantenConfig,
    KlantRol,
    OutboxRow,
    RolBron,
)
from klanten_plugin.models.rollen import Relatie
from klanten_plugin.sync.rollen.keep import request_klant, sync_klant_now
from tests.api_client import URL, ApiClient

from .conftest import make_klant, mirror, source, url_of, work
from .peers import RunningPeer

NLX = "http://nlx.internal:8080/01234567890/klanten/api/v1"


@pytest.fixture
def alias(db: Any) -> str:
    """Another address of this API, with a trailing slash."""
    config = KlantenConfig.get_solo()
    config.rollen_aliassen = [f"{NLX}/"]
    config.full_clean()
    config.save()
    return NLX


def test_roles_of_a_klant_at_every_service(
    cm: RunningPeer, vz: RunningPeer, bronnen: list[RolBron]
) -> None:
    klant, other = make_klant(), make_klant()
    contactmoment = cm.parent()
    cm.relate(url_of(klant), contactmoment, "gesprekspartner")
    cm.relate(url_of(klant), contactmoment, "belanghebbende")
    vz.relate(url_of(klant), rol="mede_initiator")
    cm.relate(url_of(other))
    request_klant(klant)
    work()
    shown = sorted(rol.rol_display for rol in klant.rollen.current())
    assert shown == ["Belanghebbende", "Gesprekspartner", "Mede-initiator"]
    assert other.rollen.count() == 0
    assert not any("page" in request for request in cm.asked)


@pytest.mark.parametrize(
    ("soort", "rol", "shown"),
    [
        ("contactmomenten", "belanghebbende", "Belanghebbende"),
        ("contactmomenten", "gesprekspartner", "Gesprekspartner"),
        ("verzoeken", "belanghebbende", "Belanghebbende"),
        ("verzoeken", "initiator", "Initiator"),
        ("verzoeken", "mede_initiator", "Mede-initiator"),
    ],
)
def test_each_role_of_the_standard(
    cm: RunningPeer,
    vz: RunningPeer,
    bronnen: list[RolBron],
    soort: str,
    rol: str,
    shown: str,
) -> None:
    klant = make_klant()
    peer = {"contactmomenten": cm, "verzoeken": vz}[soort]
    url = peer.relate(url_of(klant), rol=rol)

    request_klant(klant)
    work()

    (found,) = klant.rollen.current()
    assert (found.bron.soort, found.rol, found.url) == (soort, rol, url)
    assert found.rol_display == shown
    assert rol in ROLLEN[RolSoort(soort)]


def test_gone_roles_of_a_klant(peer: RunningPeer, bron: RolBron) -> None:
    klant, other = make_klant(), make_klant()
    gone, stays = peer.relate(url_of(klant)), peer.relate(url_of(klant))
    of_other = peer.relate(url_of(other))
    for each in (klant, other):
        sync_klant_now(each, bron)
    peer.delete(gone)
    peer.delete(of_other)
    before = len(peer.asked)
    sync_klant_now(klant, bron)
    assert mirror().keys() == {stays, of_other}
    # the list of this klant, and individually the relations missing in it
    listed, singly = (line.rpartition("/")[2] for line in peer.asked[before:])
    assert listed.partition("?")[0] == peer.kind.relations
    assert singly == gone.rpartition("/")[2]
    # which is permanently deleted
    before = len(peer.asked)
    sync_klant_now(klant, bron)
    assert len(peer.asked) == before + 1


def test_every_address_is_asked_for(
    peer: RunningPeer, bron: RolBron, alias: str
) -> None:
    klant = make_klant()
    urls = [peer.relate(url_of(klant)), peer.relate(url_of(klant, alias))]
    peer.relate(url_of(klant, "https://elders.nl/klanten/api/v1"))
    sync_klant_now(klant, bron)
    assert sorted(rol.url for rol in klant.rollen.current()) == sorted(urls)


def test_an_address_that_a_service_refuses(
    vz: RunningPeer, bronnen: list[RolBron], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strict services refuse some URLs in filters. The others are used nonetheless."""
    config = KlantenConfig.get_solo()
    config.rollen_aliassen = ["http:///nergens"]
    config.save()
    klant = make_klant()
    url = vz.relate(url_of(klant))
    sync_klant_now(klant, bronnen[1])
    assert klant.rollen.get().url == url
    bronnen[1].refresh_from_db()
    assert bronnen[1].call_error == ""


def test_more_than_a_page_of_roles(peer: RunningPeer, bron: RolBron) -> None:
    klant = make_klant()
    peer.force(*[peer.row(url_of(klant)) for _ in range(23)])
    sync_klant_now(klant, bron)
    assert mirror() == source(peer)
    assert klant.rollen.count() == 23


@pytest.mark.once
def test_a_service_in_trouble_keeps_no_other_waiting(
    cm: RunningPeer, vz: RunningPeer, bronnen: list[RolBron]
) -> None:
    klanten = [make_klant() for _ in range(12)]
    for klant in klanten:
        cm.relate(url_of(klant))
        vz.relate(url_of(klant))
        request_klant(klant)
    cm.fault("down")
    before = len(cm.asked)
    work(rounds=1)
    assert mirror() == source(vz)
    # one failure is enough to detect an outage; the others send no request
    assert len(cm.asked) == before + 1
    cm.mend()
    work(due_only=False)
    assert mirror() == source(cm, vz)


def test_a_service_that_says_when_to_come_back(
    peer: RunningPeer, bron: RolBron
) -> None:
    """Also for requests that are skipped because of it."""
    peer.fault("busy", seconds=900)
    for _each in range(2):
        request_klant(make_klant())
    start = timezone.now()
    work(rounds=1)
    first, second = OutboxRow.objects.order_by("attempts", "-last_error")
    assert "antwoordde 503" in first.last_error
    assert "wordt even met rust gelaten" in second.last_error
    for task in (first, second):
        assert task.next_attempt_at > start + timedelta(seconds=890)


def test_after_another_secret(peer: RunningPeer, bron: RolBron) -> None:
    klant = make_klant()
    peer.relate(url_of(klant))
    sync_klant_now(klant, bron)
    before = mirror()
    bron.service.secret = "another secret that the other side doesn't know of"
    bron.service.save()
    request_klant(klant)
    work()
    bron.refresh_from_db()
    assert "antwoordde 403. Controleer client-ID, secret en scopes" in bron.call_error
    assert mirror() == before


@pytest.mark.parametrize("policy", RollenBeleid.values)
def test_deleting_a_klant(
    cm: RunningPeer,
    vz: RunningPeer,
    bronnen: list[RolBron],
    api: ApiClient,
    policy: str,
) -> None:
    KlantenConfig.objects.update(rollen_beleid=policy)
    klant, other = make_klant(), make_klant()
    for peer in (cm, vz):
        peer.relate(url_of(klant))
        peer.relate(url_of(other))
    for each in (klant, other):
        request_klant(each)
    work()
    # created after the last check, and must be removed as well
    late = vz.relate(url_of(klant))
    response = api.delete(f"{URL}/{klant.uuid}")
    assert response.status_code == 204
    assert KlantRol.objects.dangling().count() == 2
    work()
    assert set(OutboxRow.objects.values_list("state", flat=True)) == {"done"}
    left = {row["klant"] for row in cm.relations() + vz.relations()}
    if policy == RollenBeleid.KEEP:
        assert left == {url_of(klant), url_of(other)}
        assert KlantRol.objects.dangling().count() == 2
    else:
        assert left == {url_of(other)}
        assert KlantRol.objects.get(url=late).retired_at
        assert mirror() == source(cm, vz)


def test_removing_says_why(vz: RunningPeer, bronnen: list[RolBron]) -> None:
    KlantenConfig.objects.update(rollen_beleid=RollenBeleid.REMOVE)
    klant = make_klant()
    vz.relate(url_of(klant))
    delete_klant(klant)
    work()
    [explanation] = vz.control("state")["explanations"]
    assert explanation == "De klant van deze relatie is verwijderd."


def test_services_that_are_down_do_not_hold_up_a_deletion(
    cm: RunningPeer, vz: RunningPeer, bronnen: list[RolBron], api: ApiClient
) -> None:
    KlantenConfig.objects.update(rollen_beleid=RollenBeleid.REMOVE)
    klant = make_klant()
    cm.relate(url_of(klant))
    vz.relate(url_of(klant))
    cm.fault("down")
    vz.fault("forbidden")
    assert api.delete(f"{URL}/{klant.uuid}").status_code == 204
    work()
    assert len(cm.relations()) == len(vz.relations()) == 1
    for peer in (cm, vz):
        peer.mend()
    work(due_only=False)
    assert cm.relations() == vz.relations() == []


def test_a_klant_that_exists_keeps_its_relations(
    peer: RunningPeer, bron: RolBron
) -> None:
    klant = make_klant()
    url = peer.relate(url_of(klant))
    payload = {"beleid": RollenBeleid.REMOVE}
    add_row(OutboxKind.ROL_LOSGELATEN, str(klant.uuid), payload=payload)
    work()
    assert OutboxRow.objects.count() == 1, "nothing else is to be done"
    add_row(OutboxKind.ROL_VERWIJDEREN, f"{klant.uuid}:{bron.pk}")
    work()
    assert [row["url"] for row in peer.relations()] == [url]


def test_nothing_to_do_without_services(db: Any) -> None:
    delete_klant(make_klant())
    assert not OutboxRow.objects.filter(kind=OutboxKind.ROL_LOSGELATEN).exists()


# --- signals to the host


@pytest.fixture
def heard() -> Iterator[list[tuple[str, str]]]:
    """Record role and change of every signal, like a receiver of only that signal."""
    events: list[tuple[str, str]] = []

    def listen(sender: Any, rol: KlantRol, change: RolChange, **kwargs: Any) -> None:
        assert (rol.retired_at is not None) == (change == RolChange.RETIRED)
        events.append((rol.rol, change.value))

    rol_changed.connect(listen, sender=KlantRol)
    yield events
    rol_changed.disconnect(listen, sender=KlantRol)


def test_the_host_hears_of_every_change(
    peer: RunningPeer, bron: RolBron, heard: list[tuple[str, str]]
) -> None:
    klant = make_klant()
    [url] = peer.force(peer.row(url_of(klant)))
    for _twice in range(2):
        sync_klant_now(klant, bron)
    assert heard == [("belanghebbende", "appeared")]
    parent = klant.rollen.get().betreft
    peer.control("reset")
    peer.force(
        {"klant": url_of(klant), "rol": "ander", peer.kind.parent: parent, "url": url}
    )
    sync_klant_now(klant, bron)
    peer.delete(url)
    sync_klant_now(klant, bron)
    assert heard[1:] == [("ander", "changed"), ("ander", "retired")]
    # even if a second worker reports it
    with locked_bron(bron.pk) as locked:
        assert apply_gone(locked, [url], moment()) == 0
    assert len(heard) == 3


def test_the_host_hears_of_a_role_that_lost_its_klant(
    peer: RunningPeer, bron: RolBron, heard: list[tuple[str, str]]
) -> None:
    klanten = [make_klant(), make_klant()]
    for klant in klanten:
        peer.relate(url_of(klant))
        sync_klant_now(klant, bron)
    # one signal each, even while the other role has no klant
    for klant in klanten:
        delete_klant(klant)
        work()
    changes = [change for _rol, change in heard]
    assert changes == ["appeared", "appeared", "changed", "changed"]


def write_and_fail(sender: Any, rol: KlantRol, **kwargs: Any) -> None:
    OutboxRow.objects.create(kind="rol_klant", object_key=rol.url)
    raise ValueError


def break_the_transaction(sender: Any, **kwargs: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1/0")


@pytest.mark.parametrize(
    ("receivers", "told"),
    [
        ([write_and_fail], ("write_and_fail", "ValueError")),
        # the user isn't known any more
        ([write_and_fail, break_the_transaction], ("?", "InternalError")),
    ],
    ids=["fails", "breaks"],
)
def test_a_receiver_that_fails_undoes_only_its_own(
    peer: RunningPeer,
    bron: RolBron,
    heard: list[tuple[str, str]],
    receivers: list[Any],
    told: tuple[str, str],
) -> None:
    klant = make_klant()
    for _relation in range(2):
        peer.relate(url_of(klant))
    for receiver in receivers:
        rol_changed.connect(receiver)
    try:
        with capture_logs() as lines:
            sync_klant_now(klant, bron)
    finally:
        for receiver in receivers:
            rol_changed.disconnect(receiver)
    assert mirror() == source(peer)
    # and the other receivers get it nonetheless
    assert len(heard) == 2
    failed = [line for line in lines if line["event"] == "rol_changed_receiver_failed"]
    assert len(failed) == 2
    for line in failed:
        assert told[0] in line["receiver"]
        assert line["error"] == told[1]


# --- which response counts


def _relatie(bron: RolBron, klant: Klant, rol: str = "belanghebbende") -> Relatie:
    root = bron.service.api_root
    url = f"{root}klantcontactmomenten/1"
    return Relatie(url, url_of(klant), f"{root}contactmomenten/1", rol)


def test_a_late_answer_does_not_bring_a_role_back(
    cm: RunningPeer, bronnen: list[RolBron]
) -> None:
    bron, klant = bronnen[0], make_klant()
    relatie = _relatie(bron, klant)
    asked_before = moment()
    with locked_bron(bron.pk) as locked:
        apply_seen(locked, [relatie], moment())
        gone = moment()
        apply_gone(locked, [relatie.url], gone)
        for asked in (asked_before, gone):
            apply_seen(locked, [relatie], asked)
    assert klant.rollen.get().retired_at is not None
    with locked_bron(bron.pk) as locked:
        apply_seen(locked, [relatie], moment())
    assert klant.rollen.get().retired_at is None, "asked after it had gone: it is back"


def test_an_older_answer_changes_nothing(
    cm: RunningPeer, bronnen: list[RolBron]
) -> None:
    bron, klant = bronnen[0], make_klant()
    early = moment()
    with locked_bron(bron.pk) as locked:
        apply_seen(locked, [_relatie(bron, klant, "nieuw")], moment())
        apply_seen(locked, [_relatie(bron, klant, "oud")], early)
        apply_gone(locked, [_relatie(bron, klant).url], early)
    # nor do responses of another service about it
    with locked_bron(bronnen[1].pk) as locked:
        apply_gone(locked, [_relatie(bron, klant).url], moment())
    rol = klant.rollen.get()
    assert (rol.rol, rol.retired_at) == ("nieuw", None)


# --- the command


def test_command_for_one_klant(
    peer: RunningPeer, bron: RolBron, capsys: pytest.CaptureFixture[str]
) -> None:
    klant = make_klant()
    peer.relate(url_of(klant))
    call_command("klanten_rollen", "klant", str(klant.uuid))
    assert klant.rollen.count() == 1
    assert "bijgewerkt" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["x", str(uuid.uuid4())])
def test_command_for_a_klant_that_is_not_there(bron: RolBron, text: str) -> None:
    with pytest.raises(CommandError, match="geen klant"):
        call_command("klanten_rollen", "klant", text)


def test_command_for_all(
    peer: RunningPeer, bron: RolBron, capsys: pytest.CaptureFixture[str]
) -> None:
    peer.relate(url_of(make_klant()))
    call_command("klanten_rollen", "reconcile")
    assert "van ons: 1" in capsys.readouterr().out
    call_command("klanten_rollen", "status")
    assert "van ons: 1" in capsys.readouterr().out
    assert mirror() == source(peer)


def test_command_goes_on_after_trouble(
    cm: RunningPeer,
    vz: RunningPeer,
    bronnen: list[RolBron],
    capsys: pytest.CaptureFixture[str],
) -> None:
    cm.fault("forbidden")
    vz.relate(url_of(make_klant()))
    with pytest.raises(SystemExit):
        call_command("klanten_rollen", "reconcile")
    assert "Controleer client-ID" in capsys.readouterr().err
    assert mirror() == source(vz)
    call_command("klanten_rollen", "status")
    assert "Controleer client-ID" in capsys.readouterr().out


def test_command_after_a_repaired_secret(
    peer: RunningPeer, bron: RolBron, capsys: pytest.CaptureFixture[str]
) -> None:
    """It doesn't wait for the end of the pause of the service."""
    klant = make_klant()
    peer.relate(url_of(klant))
    right = bron.service.secret
    for secret in ("another secret, which the other side doesn't know", right):
        bron.service.secret = secret
        bron.service.save()
        if secret == right:
            call_command("klanten_rollen", "reconcile")
        else:
            with pytest.raises(SystemExit):
                call_command("klanten_rollen", "reconcile")
            bron.refresh_from_db()
            assert bron.paused_until is not None
    assert mirror() == source(peer)


def test_command_to_look(
    peer: RunningPeer, bron: RolBron, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("klanten_rollen", "reconcile")
    peer.relate(url_of(make_klant()))
    call_command("klanten_rollen", "look")
    assert mirror() == source(peer)
    assert "1 services bekeken" in capsys.readouterr().out


def test_command_can_leave_it_to_the_workers(bronnen: list[RolBron]) -> None:
    call_command("klanten_rollen", "reconcile", "--queue")
    waiting = OutboxRow.objects.filter(state=OutboxState.WAITING).order_by("pk")
    assert [(task.kind, task.object_key) for task in waiting] == [
        # callers that lock several klanten do so in the order of their keys
        (OutboxKind.ROL_BRON, key)
        for key in sorted(str(bron.pk) for bron in bronnen)
    ]


def test_command_without_services(db: Any) -> None:
    with pytest.raises(CommandError, match="geen service gekozen"):
        call_command("klanten_rollen", "reconcile")
