"""``manage.py klanten_nhr_refresh``: the selection, the differences, and the run."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command
from django.utils import timezone

import pytest

from klanten_plugin.models import NhrState, OutboxRow
from klanten_plugin.sync.nhr import refresh as contactgegevens
from tests.api_client import ApiClient
from tests.brokers import Messages, broker
from tests.nhr import (
    DONALD,
    STICHTING,
    VVE_RSIN,
    Peer,
    rechtspersoon,
    shown,
    vestiging,
    work,
)

__all__ = ["broker"]

NAMES = {
    DONALD: "Test BV Donald",
    STICHTING: "Stichting Uc027Tc01Tg01 1652253635399",
    VVE_RSIN: "Global Conron",
}


def run(*arguments: str) -> str:
    output = StringIO()
    call_command("klanten_nhr_refresh", *arguments, stdout=output, stderr=output)
    return output.getvalue()


@pytest.fixture
def klanten(api: ApiClient, kvk: Peer) -> dict[str, Any]:
    """One klant per number, not looked up yet."""
    made = {
        DONALD: api.create(**vestiging(DONALD)),
        STICHTING: api.create(**vestiging(STICHTING)),
        VVE_RSIN: api.create(**rechtspersoon(VVE_RSIN)),
        "none": api.create(**vestiging("unknown")),
    }
    OutboxRow.objects.all().delete()
    NhrState.objects.filter(nummer=DONALD).update(due_at=timezone.now())
    later = timezone.now() + timedelta(days=9)
    NhrState.objects.exclude(nummer__in=(DONALD, "")).update(due_at=later)
    return made


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (["--all"], {DONALD, STICHTING, VVE_RSIN}),
        (["--due"], {DONALD}),
        (["--vestigingsnummer", STICHTING, DONALD], {STICHTING, DONALD}),
        (["--rsin", VVE_RSIN], {VVE_RSIN}),
        (["--klant", STICHTING], {STICHTING}),
        (["--vestigingsnummer", "000000000077"], set()),
    ],
)
def test_the_selection_is_refreshed(
    klanten: dict[str, Any], selection: list[str], expected: set[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr(contactgegevens, "BATCH", 1)
    if selection[0] == "--klant":
        selection = ["--klant", klanten[STICHTING]["url"].rsplit("/", 1)[-1]]
    assert run(*selection).splitlines()[-1] == (
        f"{len(expected)} klanten gewijzigd, 0 nummers mislukt"
    )

    named = {key for key, klant in klanten.items() if shown(klant)["bedrijfsnaam"]}
    assert named == expected
    assert all(shown(klanten[k])["bedrijfsnaam"] == NAMES[k] for k in expected)


def test_a_dry_run_prints_the_differences_and_changes_nothing(
    klanten: dict[str, Any],
) -> None:
    rows = list(NhrState.objects.order_by("pk").values())
    output = run("--vestigingsnummer", STICHTING, "--dry-run")

    uuid = klanten[STICHTING]["url"].rsplit("/", 1)[-1]
    assert f"{uuid} bedrijfsnaam: '' -> '{NAMES[STICHTING]}' (KVK)" in output
    assert f"{uuid} website_url: '' -> 'https://www.domeinnaam1.nl' (KVK)" in output
    assert "'straatnaam': 'Sint Jacobsstraat'" in output
    assert {line.partition(" ")[0] for line in output.splitlines()[:-1]} == {uuid}
    assert shown(klanten[STICHTING])["bedrijfsnaam"] == ""
    assert list(NhrState.objects.order_by("pk").values()) == rows


def test_the_workers_may_do_it(klanten: dict[str, Any]) -> None:
    assert "3 nummers in de outbox" in run("--all", "--queue")
    assert work().done == 3
    assert shown(klanten[DONALD])["bedrijfsnaam"] == NAMES[DONALD]


def test_workers_are_told_as_often_as_there_are_workers_to_wake(
    klanten: dict[str, Any],
    broker: Messages,
    django_capture_on_commit_callbacks: Any,
) -> None:
    """Not once for each number."""
    with django_capture_on_commit_callbacks(execute=True):
        run("--all", "--queue")
    assert broker.names() == ["klanten_plugin.nhr_overname"]


def test_each_number_is_asked_for_once(api: ApiClient, kvk: Peer) -> None:
    for _ in range(3):
        api.create(**vestiging())
    run("--all")
    assert len(kvk.asked) == 1


def test_one_that_fails_doesnt_hold_up_the_others(
    klanten: dict[str, Any], kvk: Peer
) -> None:
    kvk.fault("ipd", code="IPD1003", match=DONALD)
    with pytest.raises(CommandError, match="Niet alles"):
        run("--all")
    assert shown(klanten[STICHTING])["bedrijfsnaam"] == NAMES[STICHTING]


def test_a_refusal_stops_it(klanten: dict[str, Any], kvk: Peer) -> None:
    kvk.fault("status", status=401, count=9)
    with pytest.raises(CommandError, match="Gestopt: KVK antwoordde 401"):
        run("--all")
    assert len(kvk.asked) == 1


def test_a_register_that_is_down_stops_it(api: ApiClient, kvk: Peer) -> None:
    for number in range(1, 11):
        api.create(**vestiging(f"{number:012}"))
    kvk.fault("status", status=503, count=99)
    with pytest.raises(CommandError, match="niet bereikbaar"):
        run("--all")
    assert len(kvk.asked) == 5


@pytest.mark.parametrize(
    "arguments",
    [[], ["--all", "--due"], ["--klant", "00000000-0000-4000-8000-000000000000"]],
)
def test_a_selection_is_required(db: Any, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)


def test_a_klant_without_a_number_is_nobody_to_ask_for(
    klanten: dict[str, Any],
) -> None:
    uuid = klanten["none"]["url"].rsplit("/", 1)[-1]
    assert run("--klant", uuid).startswith("0 klanten gewijzigd")
