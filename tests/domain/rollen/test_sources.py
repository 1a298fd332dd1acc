"""A failing service is paused with a backoff, or for as long as it requests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

import pytest
from zgw_consumers.models import Service

from klanten_plugin.domain.rollen.sources import check_pause, note_error, note_success
from klanten_plugin.exceptions import RemoteError, TemporaryRemoteError
from klanten_plugin.models import RolBron

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def bron(monkeypatch: pytest.MonkeyPatch) -> RolBron:
    """A service without failures, and a fixed clock."""
    service = Service.objects.create(
        slug="cm", label="Contact", api_type="orc", api_root="https://cm.example.nl/"
    )
    at(monkeypatch, NOW)
    return RolBron.objects.create(service=service, soort="contactmomenten")


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(timezone, "now", lambda: moment)


def pause_after(bron: RolBron, error: RemoteError) -> float:
    """Return the seconds for which the service is paused after this."""
    note_error(bron, error)
    bron.refresh_from_db()
    with pytest.raises(TemporaryRemoteError, match="met rust gelaten: Stuk") as paused:
        check_pause(bron)
    assert paused.value.retry_after is not None
    return paused.value.retry_after


def test_longer_each_time(bron: RolBron) -> None:
    pauses = [pause_after(bron, RemoteError("Stuk.")) for _time in range(8)]
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300]

    note_success(bron)
    bron.refresh_from_db()
    check_pause(bron)
    assert pause_after(bron, RemoteError("Stuk.")) == 5


@pytest.mark.parametrize(
    ("asked", "seconds"), [(None, 5), (1.0, 5), (120.0, 120), (1e9, 3600)]
)
def test_as_long_as_the_service_asks(
    bron: RolBron, asked: float | None, seconds: float
) -> None:
    error = TemporaryRemoteError("Stuk.", retry_after=asked)
    assert pause_after(bron, error) == seconds


@pytest.mark.parametrize(("seconds", "paused"), [(4.9, True), (5, False), (6, False)])
def test_until_the_pause_is_over(
    bron: RolBron, monkeypatch: pytest.MonkeyPatch, seconds: float, paused: bool
) -> None:
    pause_after(bron, RemoteError("Stuk."))
    at(monkeypatch, NOW + timedelta(seconds=seconds))

    refused: Any = None
    try:
        check_pause(bron)
    except TemporaryRemoteError as error:
        refused = error
    assert (refused is not None) is paused
