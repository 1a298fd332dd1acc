"""Deletion requires a ground, lists what is removed, and is registered.

The register has no content of the klant.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.admin.models import DELETION, LogEntry
from django.core import serializers
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import pytest
from zgw_consumers.models import Service

from klanten_plugin.constants import (
    DeletionItemState,
    DeletionListState,
    OutboxKind,
    OutboxState,
)
from klanten_plugin.domain.klanten.write import delete_klant
from klanten_plugin.models import (
    Deletion,
    DeletionItem,
    DeletionList,
    Klant,
    KlantRol,
    OutboxRow,
    RolBron,
)
from klanten_plugin.sync.handlers import HANDLERS
from klanten_plugin.sync.outbox.run import work_off
from tests.admin.pages import LIST, klant_page, only_klant, text_of
from tests.api_client import ApiClient
from tests.bodies import KINDS, full_body

REGISTER = "/admin/klanten_plugin/deletion/"
LISTS = "/admin/klanten_plugin/deletionlist/"


def work(kind: OutboxKind) -> None:
    """Process due rows like a worker."""
    work_off(kind, HANDLERS[kind], 60)


def delete(client: Client, klant: Klant, **data: str) -> Any:
    return client.post(klant_page(klant, "delete"), data)


def add_rol(klant: Klant) -> KlantRol:
    service = Service.objects.create(
        label="Contactmomenten van Utrecht",
        api_root="https://contactmomenten.example.nl/api/v1/",
        api_type="orc",
    )
    bron = RolBron.objects.create(service=service, soort="contactmomenten")
    now = timezone.now()
    return KlantRol.objects.create(
        klant=klant,
        bron=bron,
        url=f"{service.api_root}klantcontactmomenten/1",
        klant_url=f"https://klanten.example.nl/klanten/{klant.uuid}",
        klant_uuid=klant.uuid,
        betreft=f"{service.api_root}contactmomenten/1",
        first_seen_at=now,
        last_seen_at=now,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_without_content_stays(
    beheer: Client, api: ApiClient, kind: str
) -> None:
    body = full_body(kind)
    created = api.create(**body)
    api.patch(created["url"], {"functie": "wethouder"})
    klant = only_klant()
    rol = add_rol(klant)

    page = text_of(beheer.get(klant_page(klant, "delete")))
    assert str(klant) in page
    assert "1 rol bij Contactmomenten van Utrecht: blijft daar staan" in page
    assert "Regels in de audit trail: 2" in page
    delete(beheer, klant, grond="avg", kenmerk="Z-2026-17")

    line = Deletion.objects.get()
    assert (line.klant_uuid, line.subject_type) == (klant.uuid, kind)
    assert (line.ground, line.reference) == ("avg", "Z-2026-17")
    assert (line.decided_by, line.approved_by) == ("Bea Heer", "")
    assert line.rollen_beleid == "keep"
    assert line.created_at is not None
    assert line.changed_at is not None
    assert line.created_at < line.changed_at < line.deleted_at
    assert line.removed["klant"] == line.removed["klantadres"] == 1
    assert (line.removed["audittrail"], line.removed["klantrol"]) == (2, 1)
    rol.refresh_from_db()
    assert rol.klant is None
    assert LogEntry.objects.filter(action_flag=DELETION).count() == 1
    # digits of a random UUID can be those of a value
    said = serializers.serialize("json", [line]).replace(str(klant.uuid), "")
    for value in leaves(body):
        if len(value) > 3 and value not in (kind, "true"):
            assert value not in said, value
    assert "Z-2026-17" in text_of(beheer.get(REGISTER))
    assert str(klant.uuid) in text_of(beheer.get(f"{REGISTER}{line.pk}/change/"))
    found = text_of(beheer.get(f"{REGISTER}?q={klant.uuid}"))
    assert "Z-2026-17" in found
    assert "Z-2026-17" not in text_of(beheer.get(f"{REGISTER}?q=x"))


def leaves(body: Any) -> list[str]:
    if isinstance(body, dict):
        return [value for each in body.values() for value in leaves(each)]
    if isinstance(body, list):
        return [value for each in body for value in leaves(each)]
    return [str(body)]


def test_the_api_names_the_application_alone(api: ApiClient) -> None:
    created = api.create()
    lines = api.get(f"{created['url']}/audittrail").json()
    assert api.delete(created["url"]).status_code == 204
    line = Deletion.objects.get()
    assert line.ground == "api"
    assert line.decided_by == lines[0]["applicatieId"]
    assert line.removed["audittrail"] == 1
    assert api.delete(created["url"]).status_code == 404
    assert Deletion.objects.count() == 1


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"grond": "api"},
        {"grond": "zomaar"},
        {"grond": "avg", "kenmerk": "x" * 101},
    ],
)
def test_not_without_a_ground(
    beheer: Client, api: ApiClient, data: dict[str, str]
) -> None:
    api.create()
    klant = only_klant()
    page = text_of(delete(beheer, klant, **data))
    assert "Er is niets verwijderd." in page
    assert Klant.objects.exists()
    assert not Deletion.objects.exists()


def test_gone_meanwhile(beheer: Client, api: ApiClient) -> None:
    created = api.create()
    klant = only_klant()
    api.delete(created["url"])
    assert delete(beheer, klant, grond="avg").status_code == 404


@pytest.fixture
def colleague(medewerker: Callable[..., Client]) -> Client:
    """A client of a user who may confirm lists of others."""
    return medewerker("view_deletionlist", "approve_deletion", "view_klant")


@pytest.fixture
def klanten(api: ApiClient) -> list[Klant]:
    for number in range(3):
        api.create(klantnummer=f"K-{number}", achternaam=f"Naam-{number}")
    OutboxRow.objects.all().delete()
    return list(Klant.objects.order_by("pk"))


def make(client: Client, rows: list[Klant], **data: str) -> Any:
    chosen = [str(klant.pk) for klant in rows]
    action = {"action": "verwijderlijst", "_selected_action": chosen}
    page = text_of(client.post(LIST, action))
    assert all(klant.achternaam in page for klant in rows)
    values = {"naam": "Q3", "grond": "selectielijst", "kenmerk": "19.1"}
    values |= {"klanten": ",".join(chosen), **data}
    return client.post(f"{LIST}verwijderlijst/", values)


def press(client: Client, button: str) -> Any:
    name = f"admin:klanten_plugin_deletionlist_{button}"
    url = reverse(name, args=[DeletionList.objects.get().pk])
    return client.post(url, follow=True)


def states() -> list[str]:
    return list(DeletionItem.objects.order_by("pk").values_list("state", flat=True))


def test_several_by_a_list_that_another_confirms(
    beheer: Client, colleague: Client, klanten: list[Klant], settings: Any
) -> None:
    settings.KLANTEN_DELETION_DAYS = 0
    response = make(beheer, klanten[:2])
    assert response.status_code == 302
    assert not OutboxRow.objects.exists()
    assert "Bevestigen" not in text_of(beheer.get(response.url))

    assert "Een ander dan wie de lijst opstelde" in text_of(press(beheer, "bevestigen"))
    assert "is bevestigd" in text_of(press(colleague, "bevestigen"))
    assert "Dat kan niet meer" in text_of(press(colleague, "bevestigen"))
    assert Klant.objects.count() == 3

    delete_klant(klanten[1])  # by another user, in the meantime
    work(OutboxKind.VERWIJDERLIJST)

    assert list(Klant.objects.all()) == [klanten[2]]
    made = DeletionList.objects.get()
    assert made.state == DeletionListState.DONE
    assert states() == [DeletionItemState.DELETED, DeletionItemState.GONE]
    line = Deletion.objects.get(deletion_list=made)
    assert line.klant_uuid == klanten[0].uuid
    assert (line.ground, line.reference) == ("selectielijst", "19.1")
    assert (line.decided_by, line.approved_by) == ("Bea Heer", "medewerker")
    page = text_of(beheer.get(response.url))
    assert "2 van 2 afgehandeld" in page
    assert "klant: 1" in page
    assert "Naam-0" not in page
    assert "Dat kan niet meer" in text_of(press(beheer, "afblazen"))
    assert "Q3" in text_of(beheer.get(LISTS))
    kinds = set(OutboxRow.objects.values_list("kind", flat=True))
    assert not OutboxRow.objects.filter(state=OutboxState.GIVEN_UP).exists()
    assert kinds >= {OutboxKind.VERWIJDERLIJST}


def test_a_list_that_is_called_off_in_time(
    beheer: Client, colleague: Client, klanten: list[Klant]
) -> None:
    response = make(beheer, klanten)
    press(colleague, "bevestigen")
    row = OutboxRow.objects.get(kind=OutboxKind.VERWIJDERLIJST)
    made = DeletionList.objects.get()
    week = timedelta(days=7)
    assert made.confirmed_at is not None
    assert made.not_before == made.confirmed_at + week
    assert row.due_at - row.created_at == week
    assert "Naam-0" in text_of(beheer.get(response.url))
    assert "is afgeblazen" in text_of(press(beheer, "afblazen"))

    OutboxRow.objects.update(next_attempt_at=timezone.now())
    work(OutboxKind.VERWIJDERLIJST)
    assert states() == [DeletionItemState.WAITING] * 3
    assert Klant.objects.count() == 3


def test_a_row_that_is_taken_up_too_early_waits(
    beheer: Client, colleague: Client, klanten: list[Klant]
) -> None:
    make(beheer, klanten)
    press(colleague, "bevestigen")
    OutboxRow.objects.update(next_attempt_at=timezone.now())
    work(OutboxKind.VERWIJDERLIJST)
    assert Klant.objects.count() == 3
    waiting = OutboxRow.objects.get(state=OutboxState.WAITING)
    assert waiting.due_at > timezone.now() + timedelta(days=6)


def test_a_list_goes_on_where_a_worker_was_killed(
    beheer: Client,
    colleague: Client,
    klanten: list[Klant],
    settings: Any,
    monkeypatch: Any,
) -> None:
    settings.KLANTEN_DELETION_DAYS = 0
    make(beheer, klanten)
    press(colleague, "bevestigen")
    # without time: one klant per row of the outbox, the rest is queued again
    monkeypatch.setattr("klanten_plugin.sync.klanten.SLICE_SECONDS", 0)
    row = OutboxRow.objects.get(kind=OutboxKind.VERWIJDERLIJST)
    work(OutboxKind.VERWIJDERLIJST)
    assert Klant.objects.count() == 0
    assert states() == [DeletionItemState.DELETED] * 3
    before = list(Deletion.objects.values())
    # its lease expired before it was settled, so another worker processes it again
    OutboxRow.objects.filter(pk=row.pk).update(
        state=OutboxState.WAITING, settled_at=None
    )
    work(OutboxKind.VERWIJDERLIJST)
    assert list(Deletion.objects.values()) == before


@pytest.mark.parametrize("data", [{"grond": ""}, {"naam": ""}, {"klanten": "1;2"}])
def test_a_list_that_is_not_filled_in(
    beheer: Client, klanten: list[Klant], data: dict[str, str]
) -> None:
    assert "Er is geen lijst gemaakt." in text_of(make(beheer, klanten, **data))
    assert not DeletionList.objects.exists()


def test_who_may_not(
    beheer: Client, medewerker: Callable[..., Client], klanten: list[Klant]
) -> None:
    made = make(beheer, klanten).url
    client = medewerker("view_klant", "change_klant", "view_deletionlist")
    assert press(client, "bevestigen").status_code == 403
    assert press(client, "afblazen").status_code == 403
    assert client.post(made).status_code == 403
    assert client.post(f"{LIST}verwijderlijst/", {}).status_code == 403
    page = text_of(client.get(made))
    assert "Afblazen" not in page
    assert states() == [DeletionItemState.WAITING] * 3
