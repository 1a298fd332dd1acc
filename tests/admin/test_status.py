"""The status page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import pytest
from zgw_consumers.models import Service

from klanten_plugin.admin import status as state
from klanten_plugin.models import (
    KlantenConfig,
    NhrBron,
    NhrState,
    NhrVerbruik,
    OutboxRow,
    RolBron,
)
from tests.api_client import ApiClient
from tests.nhr import DONALD, SHIELDED, Peer, vestiging, work
from tests.outbox import add, ago

from .pages import STAND, text_of

OWN = "view_statuspage"


def test_nothing_happened_yet(beheer: Client, db: Any) -> None:
    text = text_of(beheer.get(STAND))
    for words in (
        "Stand van zaken",
        "Er is geen bron van contactgegevens ingesteld.",
        "0 van 300000 betaalde aanvragen",
        "Er zijn geen services gekozen.",
        "Niet ingesteld",
    ):
        assert words in text
    assert '<rect class="klaar" x' not in text


def test_it_is_an_entry_of_the_admin(
    beheer: Client, medewerker: Callable[..., Client]
) -> None:
    assert STAND in text_of(beheer.get("/admin/"))


def test_waiting_and_done_per_day(beheer: Client, db: Any) -> None:
    add("a", state="done", settled_at=ago(days=1))
    add("b", state="done", settled_at=ago(days=1))
    add("c", state="done", settled_at=ago(days=40))
    add("d")
    OutboxRow.objects.filter(object_key="d").update(due_at=ago(days=60))
    add(
        "e",
        state="given_up",
        last_error="De overkant wil dit niet.",
        settled_at=ago(hours=1),
    )
    add("f", attempts=3, last_error="Even niet bereikbaar.")
    response = beheer.get(STAND)
    chart = response.context["outbox"]["chart"]
    assert [bar.count for bar in chart["done"]] == [2]
    # rows that waited for longer than the period of the chart count for its first day
    assert [bar.count for bar in chart["waiting"]] == [1, 1]
    assert chart["waiting"][0].day == chart["labels"][0][1]
    assert all(0 <= bar.y <= chart["base"] for bar in chart["done"] + chart["waiting"])
    text = text_of(response)
    assert "De overkant wil dit niet." in text
    assert "Even niet bereikbaar." in text
    assert 'style="' not in text.split("<main")[-1]
    assert "<script" not in text.split("<main")[-1].split("</main")[0]


def test_last_runs(beheer: Client, db: Any) -> None:
    add("a", state="done", settled_at=ago(days=1))
    runs = {run["label"]: run for run in beheer.get(STAND).context["outbox"]["runs"]}
    assert runs["Notificatie"]["count"] == 1
    assert runs["Notificatie"]["last"] is not None
    assert runs["Overname uit het NHR"]["last"] is None


def test_the_nhr(beheer: Client, api: ApiClient, kvk: Peer, settings: Any) -> None:
    settings.KLANTEN_NHR_MONTHLY_BUDGET = 2
    for number in (DONALD, SHIELDED):
        api.create(**vestiging(number))
    work()
    response = beheer.get(STAND)
    assert response.context["verbruik"]["state"] == "fout"
    assert "2 van 2 betaalde aanvragen" in text_of(response)
    NhrBron.objects.update(stopped_at=timezone.now(), last_error="KVK antwoordde 403.")
    assert "KVK antwoordde 403." in text_of(beheer.get(STAND))


def test_counting_ends_somewhere(
    beheer: Client, api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _number in range(3):
        api.create(**vestiging(DONALD))
    NhrState.objects.update(outcome="fout", due_at=timezone.now() - timedelta(1))
    assert beheer.get(STAND).context["nhr"]["due"] == "3"
    monkeypatch.setattr(state, "COUNTED", 2)
    assert beheer.get(STAND).context["nhr"]["due"] == "2+"


def test_services_with_roles(beheer: Client, db: Any) -> None:
    service = Service.objects.create(
        slug="cm", label="Contact", api_type="orc", api_root="https://cm.example.nl/"
    )
    RolBron.objects.create(
        service=service, soort="contactmomenten", call_error="antwoordde 403."
    )
    text = text_of(beheer.get(STAND))
    assert "https://cm.example.nl/" in text
    assert "antwoordde 403." in text


PARTS = {
    "view_outboxrow": "outbox",
    "view_nhrstate": "nhr",
    "view_nhrverbruik": "verbruik",
    "view_rolbron": "bronnen",
    "view_klantenconfig": "config",
}


@pytest.mark.parametrize("permission", PARTS)
def test_each_part_is_for_who_may_see_it(
    medewerker: Callable[..., Client], permission: str
) -> None:
    NhrVerbruik.objects.all().delete()
    context = medewerker(OWN, permission).get(STAND).context
    shown = [name for name in PARTS.values() if context[name] is not None]
    assert shown == [PARTS[permission]]


def test_the_page_has_a_permission_of_its_own(
    medewerker: Callable[..., Client],
) -> None:
    assert medewerker("view_klantenconfig").get(STAND).status_code == 403


@pytest.mark.parametrize("path", ["add/", "1/change/", "1/delete/", "1/history/"])
def test_there_is_nothing_else(beheer: Client, db: Any, path: str) -> None:
    KlantenConfig.get_solo()
    assert beheer.get(f"{STAND}{path}").status_code == 403


def test_a_constant_number_of_queries(beheer: Client, db: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            beheer.get(STAND)
        return len(captured)

    beheer.get(STAND)
    few = queries()
    for number in range(30):
        add(f"k-{number}", state="given_up", settled_at=ago(days=number))
    assert queries() <= few
