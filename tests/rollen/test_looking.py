"""Changes without a notification: a cheap check every few minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

import pytest

from klanten_plugin.conf import settings as own_settings
from klanten_plugin.constants import OutboxKind
from klanten_plugin.domain.rollen.sources import request_pass
from klanten_plugin.models import KlantRol, OutboxRow, RolBron
from klanten_plugin.schedule import LOOK_INTERVAL
from klanten_plugin.sync.rollen.looking import look_at_bronnen
from klanten_plugin.tasks import look_at_rollen

from .conftest import make_klant, mirror, source, url_of, work
from .peers import RunningPeer


@pytest.fixture
def peer(vz: RunningPeer) -> RunningPeer:
    """One kind of API: the lists of both are read by the same code.

    ``test_history.py`` reads those of both.
    """
    return vz


@pytest.fixture
def klant(peer: RunningPeer, bron: RolBron) -> Any:
    """A klant with mirrored roles on several pages."""
    made = make_klant()
    peer.force(*[peer.row(url_of(made)) for _ in range(35)])
    request_pass(bron)
    work()
    assert len(mirror()) == 35
    return made


def look() -> None:
    """Run the check of beat, long enough after the previous one."""
    ago = timezone.now() - timedelta(seconds=own_settings.ROLLEN_LOOK_SECONDS)
    RolBron.objects.update(looked_at=ago)
    look_at_rollen()


def passes() -> int:
    return OutboxRow.objects.filter(kind=OutboxKind.ROL_BRON, state="waiting").count()


def test_new_roles_at_the_end_of_the_list(peer: RunningPeer, klant: Any) -> None:
    peer.force(*[peer.row(url_of(klant)) for _ in range(23)])
    before = len(peer.asked)
    look()
    assert mirror() == source(peer)
    assert passes() == 0, "that explains it"
    # the first page, and three from the end
    assert len(peer.asked) - before <= 5
    before = len(peer.asked)
    look()
    assert len(peer.asked) - before == 2


@pytest.mark.parametrize("new", [0, 1])
def test_ended_roles_and_new_ones_in_their_place(
    peer: RunningPeer, klant: Any, new: int
) -> None:
    """This can't be detected from a few pages, so a full pass is requested."""
    for url in list(mirror())[5:7]:
        peer.delete(url)
    peer.force(*[peer.row(url_of(klant)) for _ in range(new)])
    look()
    assert passes() == 1
    work(due_only=False)
    assert mirror() == source(peer)


def test_as_many_new_as_ended(peer: RunningPeer, klant: Any) -> None:
    """The count is the same, but the end of the list isn't."""
    urls = list(mirror())
    peer.control("reset")
    peer.force(
        *[peer.row(url_of(klant), url=url) for url in urls[1:]],
        peer.row(url_of(klant)),
    )
    look()
    assert passes() == 1
    work(due_only=False)
    assert mirror() == source(peer)
    assert KlantRol.objects.exclude(retired_at=None).count() == 1


def test_a_pass_of_a_busy_owner_is_not_followed_by_the_next(
    peer: RunningPeer, klant: Any, bron: RolBron
) -> None:
    """Passes take up at most a tenth of the time."""
    bron.refresh_from_db()
    counts = {**bron.counts, "seconden": 3600}
    hour_ago = timezone.now() - timedelta(hours=1)
    RolBron.objects.update(counts=counts, pass_started_at=hour_ago)
    peer.delete(next(iter(mirror())))
    look()
    row = OutboxRow.objects.get(kind=OutboxKind.ROL_BRON, state="waiting")
    hours = (row.next_attempt_at - timezone.now()) / timedelta(hours=1)
    assert 8.9 < hours <= 9


def test_how_often(peer: RunningPeer, klant: Any) -> None:
    RolBron.objects.update(looked_at=None)
    assert look_at_bronnen() == 1
    assert look_at_bronnen() == 0
    seconds = own_settings.ROLLEN_LOOK_SECONDS - LOOK_INTERVAL
    RolBron.objects.update(looked_at=timezone.now() - timedelta(seconds=seconds - 5))
    assert look_at_bronnen(LOOK_INTERVAL) == 0
    RolBron.objects.update(looked_at=timezone.now() - timedelta(seconds=seconds + 5))
    assert look_at_bronnen(LOOK_INTERVAL) == 1


@pytest.mark.parametrize("mode", ["down", "html", "gone", "forbidden", "empty"])
def test_a_look_that_fails_changes_nothing(
    peer: RunningPeer, klant: Any, bron: RolBron, mode: str
) -> None:
    before = mirror()
    peer.fault(mode)
    look()
    assert mirror() == before
    assert not OutboxRow.objects.filter(state="given_up").exists()
    peer.mend()
    RolBron.objects.update(paused_until=None)
    peer.force(peer.row(url_of(klant)))
    look()
    work(due_only=False)
    assert mirror() == source(peer)


def test_nothing_is_looked_at_during_a_pass(
    peer: RunningPeer, klant: Any, bron: RolBron
) -> None:
    bron.refresh_from_db()
    RolBron.objects.update(pass_state={"x": 1})
    before = len(peer.asked)
    look()
    assert len(peer.asked) == before
