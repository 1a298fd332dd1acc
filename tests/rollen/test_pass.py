"""A full pass: the mirror agrees with the source, despite concurrent changes."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

import pytest
from zgw_consumers.models import Service

from klanten_plugin.clients.http import exchange as base
from klanten_plugin.constants import OutboxState
from klanten_plugin.domain.rollen.sources import request_pass
from klanten_plugin.exceptions import RemoteError
from klanten_plugin.models import (
    KlantenConfig,
    KlantRol,
    OtherRelatie,
    OutboxRow,
    RolBron,
)
from klanten_plugin.sync.rollen import full_pass as rollen_pass
from klanten_plugin.sync.rollen.full_pass import advance
from klanten_plugin.sync.rollen.keep import sync_klant_now
from klanten_plugin.sync.rollen.looking import look_at
from klanten_plugin.sync.rollen.pass_state import PassState

from .conftest import choose, make_klant, mirror, source, url_of, work
from .peers import RunningPeer


@pytest.fixture
def peer(vz: RunningPeer) -> RunningPeer:
    """One kind of API: the lists of both are read by the same code.

    ``test_history.py`` reads those of both.
    """
    return vz


def complete(bron: RolBron) -> None:
    """Run a full pass, in as many slices as it takes."""
    while not advance(bron, 30.0):
        pass
    bron.refresh_from_db()


def test_first_pass_mirrors_everything_of_ours(
    peer: RunningPeer, bron: RolBron
) -> None:
    klanten = [make_klant() for _ in range(3)]
    rows = [peer.row(url_of(klanten[n % 3])) for n in range(25)]
    rows += [peer.row("https://elders.nl/klanten/api/v1/klanten/1")] * 20
    # one on the first page, and one on the last
    rows.insert(0, peer.row(url_of(str(uuid.uuid4()))))
    rows.append(peer.row(url_of("geen-uuid")))
    peer.force(*rows)
    complete(bron)
    assert mirror(bron) == source(peer)
    assert len(mirror()) == 27
    assert KlantRol.objects.dangling().count() == 2
    assert bron.last_complete_at is not None
    assert bron.counts["gelezen"] == 47
    assert bron.counts["van_ons"] == 27
    assert bron.counts["zonder_klant"] == 2
    assert bron.counts["gewijzigd"] == 27
    assert bron.counts["nagevraagd"] == 0
    assert bron.pass_error == ""


def test_second_pass_changes_nothing(peer: RunningPeer, bron: RolBron) -> None:
    peer.relate(url_of(make_klant()))
    complete(bron)
    fields = [name for name in _columns() if name != "last_seen_at"]
    before = list(KlantRol.objects.values(*fields))
    complete(bron)
    assert list(KlantRol.objects.values(*fields)) == before
    assert bron.counts["gewijzigd"] == 0


def _columns() -> list[str]:
    return [field.attname for field in KlantRol._meta.concrete_fields]


def test_gone_relations_are_retired(
    peer: RunningPeer, bron: RolBron, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollen_pass, "BATCH", 2)
    klant = make_klant()
    urls = [peer.relate(url_of(klant)) for _ in range(5)]
    complete(bron)
    # from the first row of a database
    KlantRol.objects.filter(url=urls[1]).update(id=1)
    for url in urls[1:4]:
        peer.delete(url)
    complete(bron)
    assert mirror(bron) == source(peer)
    retired = KlantRol.objects.get(url=urls[1])
    assert retired.retired_at is not None
    assert retired.klant == klant
    assert klant.rollen.current().count() == 2
    assert bron.counts["nagevraagd"] == bron.counts["vervallen"] == 3
    complete(bron)
    assert bron.counts["nagevraagd"] == bron.counts["vervallen"] == 0


def test_shuffled_pages_retire_nothing(peer: RunningPeer, bron: RolBron) -> None:
    """Every page has another order, so every pass misses existing rows."""
    klant = url_of(make_klant())
    peer.force(*[peer.row(klant) for _ in range(35)])
    complete(bron)
    before = mirror()
    assert len(before) == 35
    peer.fault("shuffle")
    complete(bron)
    # four pages, and individually each relation that they omitted
    assert bron.counts["verzoeken"] > 4
    assert bron.counts["gelezen"] == 35
    assert bron.counts["vervallen"] == 0
    assert mirror() == before


@pytest.mark.once
def test_a_first_pass_over_unordered_pages_misses_nothing(
    peer: RunningPeer, bron: RolBron
) -> None:
    """Pages overlap and skip rows, with the correct ``count``, and without writes."""
    rows = [peer.row(url_of(make_klant())) for _ in range(90)]
    rows += [peer.row("https://elders.nl/klanten/api/v1/klanten/1")] * 30
    peer.force(*rows)
    peer.habit(unordered_above=50)
    complete(bron)
    assert mirror(bron) == source(peer)
    assert bron.counts["gelezen"] == 120
    assert bron.pass_error == ""
    assert bron.last_complete_at is not None
    assert OtherRelatie.objects.count() == 30
    complete(bron)
    assert bron.counts["vervallen"] == 0
    assert mirror(bron) == source(peer)


@pytest.mark.once
def test_klanten_are_asked_for_where_rounds_take_too_long(
    peer: RunningPeer, bron: RolBron
) -> None:
    """Few of our klanten among many relations. One has more than a page of roles."""
    klanten = [url_of(make_klant()) for _ in range(3)]
    elsewhere = "https://elders.nl/klanten/api/v1/klanten/1"
    peer.force(
        *[peer.row(klanten[n % 3 if n < 6 else 0]) for n in range(26)],
        *[peer.row(elsewhere) for _ in range(400)],
    )
    peer.habit(unordered_above=15)
    complete(bron)
    assert mirror(bron) == source(peer)
    assert "Daarom is per klant gevraagd" in bron.pass_error
    assert bron.last_complete_at is not None
    gone = next(url for url in mirror(bron))
    peer.delete(gone)
    complete(bron)
    assert mirror(bron) == source(peer)
    assert bron.counts["vervallen"] == 1


@pytest.mark.parametrize("mode", ["gone", "foreign", "not-allowed", "redirect", "down"])
def test_an_odd_answer_in_the_middle_of_a_pass(
    peer: RunningPeer, bron: RolBron, mode: str
) -> None:
    """It resumes where it was."""
    klant = url_of(make_klant())
    peer.force(*[peer.row(klant) for _ in range(45)])
    with pytest.raises(RemoteError):
        advance(bron, 30.0, lambda state: stop_at_page(peer, state, 3, mode))
    peer.mend()
    RolBron.objects.update(paused_until=None)
    before = len(peer.asked)
    bron.refresh_from_db()
    complete(bron)
    numbers = [line.rpartition("page=")[2] for line in peer.asked[before:]]
    assert numbers == ["3", "4", "5"]
    assert mirror() == source(peer)


def stop_at_page(peer: RunningPeer, state: PassState, page: int, mode: str) -> None:
    if state.walk.page == page:
        peer.fault(mode)


def test_a_list_that_cannot_be_read_completely(
    peer: RunningPeer, bron: RolBron
) -> None:
    """It always returns fewer relations than its ``count``, so nothing is ended."""
    klant, *_others = [make_klant() for _ in range(30)]
    rows = peer.force(*[peer.row(url_of(klant)) for _ in range(15)])
    complete(bron)
    done = bron.last_complete_at
    peer.delete(rows[0])
    peer.habit(invisible=3)
    complete(bron)
    assert "3 van 17 relaties waren niet te lezen" in bron.pass_error
    assert "Er is geen rol beeindigd" in bron.pass_error
    assert len(mirror(bron)) == 15
    assert bron.last_complete_at == done
    # and checks don't request one pass after the other because of it
    assert look_at(bron)
    peer.habit(invisible=0)
    complete(bron)
    assert mirror(bron) == source(peer)


@pytest.mark.parametrize(
    ("after_pages", "rounds"),
    # three times only: the relations that it missed are queried individually
    [([1], 2), ([1, 1, 1], 2), ([0, 15], 2), ([1] * 8, 3)],
)
def test_a_list_that_shrinks_is_read_again(
    peer: RunningPeer,
    bron: RolBron,
    monkeypatch: pytest.MonkeyPatch,
    after_pages: list[int],
    rounds: int,
) -> None:
    """Deleting a row on page 1 moves one from page 2 to page 1, unread."""
    klant = url_of(make_klant())
    urls = peer.force(*[peer.row(klant) for _ in range(25)])
    read_next = rollen_pass.read_next
    numbers, doomed = iter(after_pages), iter(urls)
    pages: list[int] = []

    def delete_meanwhile(client: Any, walk: Any, filters: Any) -> Any:
        pages.append(walk.page)
        read = read_next(client, walk, filters)
        for _each in range(next(numbers, 0)):
            peer.delete(next(doomed))
        return read

    monkeypatch.setattr(rollen_pass, "read_next", delete_meanwhile)
    complete(bron)
    assert pages.count(1) == rounds
    # those of the previous time
    assert bron.counts["gelezen"] == bron.counts["van_ons"]
    assert bron.counts["zonder_klant"] == 0
    # rows deleted after reading may still be there, but none is missing
    assert mirror().items() >= source(peer).items()
    complete(bron)
    assert mirror() == source(peer)
    assert len(mirror()) == 25 - sum(after_pages)


FATAL = {
    "next-elsewhere": "buiten haar eigen API-root",
    "next-self": "herhaalt zich",
    "endless": "houdt niet op",
}
PASSING = {
    "down": "antwoordde 500",
    "busy": "antwoordde 503",
    "forbidden": "antwoordde 403. Controleer client-ID, secret",
    "html": "geen JSON",
    "gone": "antwoordde 404",
    "foreign": "antwoordde 404",
    "not-allowed": "antwoordde 405",
    "redirect": "antwoordde 302",
    "reset": "niet bereikbaar",
    "half": "niet bereikbaar",
    "truncated": "houdt te vroeg op",
}

SLOW = {
    # longer than the timeout of a single read
    "slow": ("niet bereikbaar", 30),
    # each read is short, but the total exceeds the deadline
    "drip": ("niet bereikbaar", 0.3),
}


@pytest.mark.parametrize(("mode", "words"), [*FATAL.items(), *PASSING.items()])
def test_trouble_is_told_and_touches_nothing(
    cm: RunningPeer, vz: RunningPeer, bronnen: list[RolBron], mode: str, words: str
) -> None:
    stays_whole(cm, vz, bronnen, {"kind": mode}, words)


@pytest.mark.parametrize("mode", SLOW)
@pytest.mark.once
def test_a_service_that_is_slow_beyond_its_limit(
    cm: RunningPeer,
    vz: RunningPeer,
    bronnen: list[RolBron],
    mode: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words, seconds = SLOW[mode]
    monkeypatch.setattr(base, "EXTRA_SECONDS", 0.5)
    Service.objects.update(timeout=1)
    stays_whole(cm, vz, bronnen, {"kind": mode, "seconds": seconds}, words)


def stays_whole(
    cm: RunningPeer,
    vz: RunningPeer,
    bronnen: list[RolBron],
    fault: dict[str, Any],
    words: str,
) -> None:
    """Check that the problem is reported, that neither service loses a role, and that
    all is well after it.
    """
    mode = fault["kind"]
    klant = url_of(make_klant())
    for peer in (cm, vz):
        peer.force(*[peer.row(klant) for _ in range(15)])
    for bron in bronnen:
        complete(bron)
    before = mirror()
    cm.fault(**fault)
    vz.delete(next(url for url in before if url.startswith(vz.root)))
    for bron in bronnen:
        request_pass(bron)
    work()
    troubled, fine = bronnen
    troubled.refresh_from_db()
    fine.refresh_from_db()
    assert words in troubled.pass_error
    assert words in troubled.call_error
    assert fine.pass_error == fine.call_error == ""
    assert fine.counts["vervallen"] == 1
    assert mirror(troubled) == source(cm)
    assert mirror(fine) == source(vz)
    task = OutboxRow.objects.filter(kind="rol_bron", object_key=str(troubled.pk))
    last = task.latest("pk")
    fatal = mode in FATAL
    assert last.state == (OutboxState.GIVEN_UP if fatal else OutboxState.WAITING)
    assert words in last.last_error
    recovers(cm, troubled)


def recovers(peer: RunningPeer, bron: RolBron) -> None:
    """Check that a pass after the fault is complete, and leaves no error."""
    peer.mend()
    request_pass(bron)
    work(due_only=False)
    bron.refresh_from_db()
    assert mirror(bron) == source(peer)
    assert (bron.pass_error, bron.call_error, bron.failures) == ("", "", 0)


def test_nothing_goes_to_another_host(
    peer: RunningPeer, bron: RolBron, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer.force(*[peer.row(url_of(make_klant())) for _ in range(15)])
    peer.fault("next-elsewhere")
    with pytest.raises(RemoteError, match="buiten haar eigen API-root"):
        complete(bron)
    assert len(peer.asked) == 1


def test_unknown_and_missing_values(peer: RunningPeer, bron: RolBron) -> None:
    klant = url_of(make_klant())
    without_klant = peer.row(klant)
    del without_klant["klant"]
    peer.force(
        peer.row(klant, "toekomstige_rol"),
        without_klant,
        peer.row(klant, url="https://elders.nl/1"),
        # the others are on the next page
        *[peer.row("https://elders.nl/klanten/1") for _ in range(7)],
        peer.row(klant, **{peer.kind.parent: None}),
        peer.row(klant, rol=7),
        peer.row(klant, rol="x" * 101),
    )
    complete(bron)
    rol = KlantRol.objects.get()
    assert rol.rol_display == "toekomstige_rol (onbekend)"
    assert bron.counts["overgeslagen"] == 5
    assert "1 keer geen bruikbare waarde in klant" in bron.pass_error
    assert "1 keer url ligt niet onder de API-root" in bron.pass_error
    assert "2 keer geen bruikbare waarde in rol" in bron.pass_error


def test_a_mirrored_relation_that_became_unusable_stays(
    peer: RunningPeer, bron: RolBron
) -> None:
    klant = make_klant()
    row = peer.row(url_of(klant))
    [url] = peer.force(row)
    complete(bron)
    peer.control("reset")
    peer.force({**row, "rol": "x" * 101, "url": url})
    before = mirror()
    complete(bron)
    assert bron.counts["overgeslagen"] == 1
    assert bron.counts["nagevraagd"] == 1
    assert mirror() == before
    sync_klant_now(klant, bron)
    assert mirror() == before


@pytest.mark.parametrize(("hours", "pages_of_next"), [(23, 3), (25, 5)])
def test_a_pass_resumes_where_it_was(
    peer: RunningPeer,
    bron: RolBron,
    monkeypatch: pytest.MonkeyPatch,
    hours: int,
    pages_of_next: int,
) -> None:
    """But not if it has made no progress for more than a day."""
    klant = url_of(make_klant())
    peer.force(*[peer.row(klant) for _ in range(45)])
    read_next = rollen_pass.read_next
    pages: list[int] = []

    def die_on_page_three(client: Any, walk: Any, filters: Any) -> Any:
        pages.append(walk.page)
        if pages == [1, 2, 3]:
            raise KeyboardInterrupt
        return read_next(client, walk, filters)

    monkeypatch.setattr(rollen_pass, "read_next", die_on_page_three)
    with pytest.raises(KeyboardInterrupt):
        complete(bron)
    assert len(mirror()) == 20
    begun = timezone.now() - timedelta(hours=hours)
    bron.refresh_from_db()
    state = {**(bron.pass_state or {}), "stepped": begun.timestamp()}
    RolBron.objects.update(pass_started_at=begun, pass_state=state)
    KlantRol.objects.update(last_seen_at=begun)
    complete(bron)
    assert pages == [1, 2, 3, *range(6 - pages_of_next, 6)]
    assert mirror() == source(peer)


def test_another_worker_finishes_the_pass(
    peer: RunningPeer, bron: RolBron, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slower worker discards its page, and starts no other pass."""
    peer.force(*[peer.row(url_of(make_klant())) for _ in range(15)])
    read_next = rollen_pass.read_next
    others: list[bool] = []

    def meanwhile(*args: Any) -> Any:
        read = read_next(*args)
        if not others:
            others.append(False)
            others[0] = advance(bron, 30.0)
            KlantRol.objects.all().delete()
        return read

    monkeypatch.setattr(rollen_pass, "read_next", meanwhile)
    assert advance(bron, 30.0) is True
    assert others == [True]
    assert not KlantRol.objects.exists()


def test_a_dead_pass_retires_nothing(
    peer: RunningPeer, bron: RolBron, monkeypatch: pytest.MonkeyPatch
) -> None:
    klant = url_of(make_klant())
    peer.force(*[peer.row(klant) for _ in range(25)])
    complete(bron)
    before = mirror()
    for url in list(before)[:5]:
        peer.delete(url)
    peer.fault("html")
    with pytest.raises(RemoteError):
        complete(bron)
    assert mirror() == before


def test_two_services_of_one_kind(
    db: Any, cm: RunningPeer, cm_second: RunningPeer
) -> None:
    klant = make_klant()
    bronnen = [choose(cm), choose(cm_second)]
    for peer in (cm, cm_second):
        peer.relate(url_of(klant))
    for bron in bronnen:
        complete(bron)
    assert mirror() == source(cm, cm_second)
    assert {rol.bron.service for rol in klant.rollen.all()} == {
        bron.service for bron in bronnen
    }


def test_a_relation_that_moves_to_another_klanten_api_is_retired(
    peer: RunningPeer, bron: RolBron
) -> None:
    [url] = peer.force(peer.row(url_of(make_klant())))
    complete(bron)
    peer.control("reset")
    peer.force(peer.row("https://elders.nl/klanten/1", url=url))
    complete(bron)
    assert mirror() == {}
    assert KlantRol.objects.get().retired_at is not None


def test_a_service_that_moved(
    cm: RunningPeer, cm_second: RunningPeer, bronnen: list[RolBron]
) -> None:
    """Its relations have other URLs. The previous ones end, without conflicts."""
    klant = make_klant()
    moved = bronnen[0]
    cm.relate(url_of(klant))
    cm_second.relate(url_of(klant))
    complete(moved)
    Service.objects.filter(pk=moved.service_id).update(api_root=f"{cm_second.root}/")
    moved.refresh_from_db()
    asked = cm.asked
    complete(moved)
    assert mirror(moved) == source(cm_second)
    assert moved.counts["vervallen"] == 1
    assert (moved.pass_error, cm.asked) == ("", asked)
    sync_klant_now(klant, moved)
    assert mirror(moved) == source(cm_second)


def test_a_service_that_is_not_chosen_any_more_does_not_count(
    peer: RunningPeer, bron: RolBron
) -> None:
    klant = make_klant()
    peer.relate(url_of(klant))
    complete(bron)
    assert klant.rollen.current().count() == 1
    chosen = getattr(KlantenConfig.get_solo(), f"{bron.soort}_services")
    chosen.set([])
    assert klant.rollen.current().count() == 0
    assert klant.rollen.count() == 1
    # when it is configured again, changes in the meantime are read
    chosen.set([bron.service])
    assert klant.rollen.current().count() == 1
    assert OutboxRow.objects.get().object_key == str(bron.pk)


def test_a_klant_that_comes_later_is_linked(peer: RunningPeer, bron: RolBron) -> None:
    number = uuid.uuid4()
    peer.relate(url_of(str(number)))
    complete(bron)
    assert KlantRol.objects.dangling().count() == 1
    klant = make_klant(uuid=number)
    complete(bron)
    assert klant.rollen.get().url == next(iter(mirror()))
