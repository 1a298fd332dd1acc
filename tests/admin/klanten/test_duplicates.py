"""Possible duplicates are found by number and e-mail address, and merged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.urls import reverse

import pytest

from klanten_plugin.constants import OutboxKind
from klanten_plugin.domain.klanten.audittrail import audit_lines
from klanten_plugin.domain.klanten.duplicates import refresh_duplicates
from klanten_plugin.domain.klanten.locking import lock_klant
from klanten_plugin.domain.klanten.representation import represent_klant
from klanten_plugin.domain.klanten.write import delete_klant
from klanten_plugin.models import Deletion, Klant, OutboxRow, PossibleDuplicate
from tests.admin.klanten.test_access import BSN, EMAIL, PERSON, person
from tests.admin.klanten.test_deletion import add_rol
from tests.admin.pages import LIST, filled_in, form_data, klant_page, text_of
from tests.api_client import ApiClient
from tests.bodies import full_body

DUPLICATES = "/admin/klanten_plugin/possibleduplicate/"


def merge_url(kept: Klant, other: Klant) -> str:
    return reverse("admin:klanten_plugin_klant_samenvoegen", args=[kept.pk, other.pk])


NUMBERS = {
    PERSON: ("inpBsn", BSN, "hetzelfde BSN"),
    "niet_natuurlijk_persoon": ("innNnpId", "823288444", "hetzelfde RSIN"),
    "vestiging": ("vestigingsNummer", "000037178598", "hetzelfde vestigingsnummer"),
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_the_same_number(beheer: Client, api: ApiClient, kind: str) -> None:
    name, number, reason = NUMBERS[kind]
    for klantnummer in ("K-1", "K-2"):
        subject = {name: number}
        values = {"klantnummer": klantnummer, "emailadres": ""}
        api.create(**values, subjectType=kind, subjectIdentificatie=subject)
    first, second = Klant.objects.order_by("pk")
    assert f"{second}</a> : {reason}" in text_of(beheer.get(klant_page(first)))
    assert refresh_duplicates() == refresh_duplicates() == 1
    page = text_of(beheer.get(DUPLICATES))
    assert merge_url(first, second) in page
    assert "Intussen niet meer dubbel." not in page
    delete_klant(second)
    assert "Intussen niet meer dubbel." in text_of(beheer.get(DUPLICATES))
    response = beheer.post(f"{DUPLICATES}zoeken/", follow=True)
    assert "Gevonden groepen: 0" in text_of(response)
    assert not PossibleDuplicate.objects.exists()


def test_the_same_email_whatever_its_case(beheer: Client, api: ApiClient) -> None:
    klanten = [
        person(api, "K-1", emailadres=EMAIL),
        person(api, "K-2", emailadres=EMAIL.upper()),
        person(api, "K-3", emailadres=f"a{EMAIL}"),
        person(api, "K-4"),
        person(api, "K-5"),
    ]
    page = text_of(beheer.get(klant_page(klanten[0])))
    assert "hetzelfde e-mailadres" in page
    assert "K-3" not in page
    refresh_duplicates()
    [row] = PossibleDuplicate.objects.all()
    assert (row.klanten, row.count) == ([klanten[0].pk, klanten[1].pk], 2)
    assert "hetzelfde" not in text_of(beheer.get(klant_page(klanten[3])))


def test_who_may_not_see_a_bsn_is_not_told_who_shares_one(
    medewerker: Callable[..., Client], api: ApiClient
) -> None:
    first, _second = person(api, "K-1", BSN), person(api, "K-2", BSN)
    refresh_duplicates()
    client = medewerker("view_klant", "add_klant", "view_possibleduplicate")
    assert "hetzelfde BSN" not in text_of(client.get(klant_page(first)))
    assert "hetzelfde BSN</td>" not in text_of(client.get(DUPLICATES))
    url = f"{LIST}add/?subject_type={PERSON}"
    new = {"subject_natuurlijk_persoon-inp_bsn": BSN, "website_url": "https://x.nl"}
    data = form_data(client, url, bronorganisatie="123456782", **new)
    assert client.post(url, data).status_code == 302
    assert Klant.objects.count() == 3
    assert not LogEntry.objects.filter(change_message="Gezocht op BSN.").exists()


def test_a_second_one_is_warned_of_before_it_is_made(
    beheer: Client, api: ApiClient
) -> None:
    body = full_body(PERSON)
    api.create(**body)
    first = Klant.objects.get()
    url = f"{LIST}add/?subject_type={PERSON}"
    data = form_data(beheer, url) | filled_in({**body, "klantnummer": ""})
    page = text_of(beheer.post(url, data))
    assert "misschien is deze klant er al" in page
    assert klant_page(first) in page
    assert Klant.objects.count() == 1
    line = LogEntry.objects.get(change_message="Gezocht op BSN.")
    assert line.object_id == str(first.pk)
    assert beheer.post(url, {**data, "toch": "on"}).status_code == 302
    assert Klant.objects.count() == 2


@pytest.fixture
def pair(api: ApiClient) -> tuple[Klant, Klant]:
    """Two klanten of one person: with few values, and with all."""
    kept = person(api, "K-1", BSN, achternaam="Houden", functie="wethouder")
    body = full_body(PERSON, klantnummer="K-2", achternaam="Weg")
    body["subjectIdentificatie"]["inpBsn"] = BSN
    api.create(**body)
    OutboxRow.objects.all().delete()
    return kept, Klant.objects.get(klantnummer="K-2")


def submit(client: Client, pair: tuple[Klant, Klant], **data: str) -> Any:
    url = merge_url(*pair)
    version = client.get(url).context["form"]["versie"].value()
    return client.post(url, {"versie": version, "ander": "blijft", **data})


def shape(klant: Klant) -> dict[str, Any]:
    body = represent_klant(lock_klant(klant.pk), "")
    return {name: body[name] for name in body if name != "klantnummer"}


def test_side_by_side_one_by_one(beheer: Client, pair: tuple[Klant, Klant]) -> None:
    kept, other = pair
    before, others = shape(kept), shape(other)
    page = text_of(beheer.get(merge_url(*pair)))
    assert BSN not in page
    assert "Houden" in page
    assert "Weg" in page
    assert submit(beheer, pair, **{"veld-functie": "ander"}).status_code == 302
    after = shape(kept)
    # values that both have are kept unless chosen; missing ones are adopted
    assert after["achternaam"] == "Houden"
    assert after["functie"] == others["functie"]
    assert after["adres"] == others["adres"]
    assert after["subjectIdentificatie"] == others["subjectIdentificatie"]
    assert before["adres"] is None
    assert shape(other) == others
    line = audit_lines(kept).last()
    assert line.actie == "partial_update"
    assert line.toelichting == f"Samengebracht met klant {other.uuid}."
    rows = OutboxRow.objects.filter(kind=OutboxKind.NOTIFICATION)
    assert {row.object_key for row in rows} <= {str(kept.uuid)}
    assert not Deletion.objects.exists()


def test_the_other_one_goes_with_its_reason(
    beheer: Client, pair: tuple[Klant, Klant]
) -> None:
    kept, other = pair
    add_rol(other)
    page = text_of(beheer.get(merge_url(*pair)))
    assert "1 rol bij Contactmomenten van Utrecht: verhuist niet mee" in page
    assert submit(beheer, pair, ander="weg").status_code == 302
    assert list(Klant.objects.all()) == [kept]
    line = Deletion.objects.get()
    assert (line.ground, line.reference) == ("duplicate", str(kept.uuid))
    assert line.decided_by == "Bea Heer"


def test_nothing_is_written_where_one_changed_meanwhile(
    beheer: Client, api: ApiClient, pair: tuple[Klant, Klant]
) -> None:
    version = beheer.get(merge_url(*pair)).context["form"]["versie"].value()
    Klant.objects.filter(pk=pair[1].pk).update(functie="intussen")
    before = [shape(klant) for klant in pair]
    data = {"versie": version, "ander": "weg"}
    page = text_of(beheer.post(merge_url(*pair), data))
    assert "gewijzigd nadat u deze pagina opende" in page
    assert [shape(klant) for klant in pair] == before


def test_what_cannot_be_brought_together(
    beheer: Client, api: ApiClient, pair: tuple[Klant, Klant]
) -> None:
    api.create(**full_body("vestiging", klantnummer="K-3"))
    other = Klant.objects.get(klantnummer="K-3")
    for url, text in (
        (merge_url(pair[0], pair[0]), "Dit is dezelfde klant."),
        (merge_url(pair[0], other), "Deze klanten zijn van verschillend type."),
    ):
        assert text in text_of(beheer.get(url, follow=True))


@pytest.mark.parametrize(
    ("codenames", "status"),
    [
        (["view_klant", "change_klant"], 403),
        (["view_klant", "merge_klanten"], 403),
        (["view_klant", "change_klant", "merge_klanten"], 200),
    ],
)
def test_who_may(
    medewerker: Callable[..., Client],
    pair: tuple[Klant, Klant],
    codenames: list[str],
    status: int,
) -> None:
    client = medewerker(*codenames)
    assert client.get(merge_url(*pair)).status_code == status
    if status == 200:
        refused = text_of(submit(client, pair, ander="weg"))
        assert "U mag geen klanten verwijderen." in refused
    else:
        assert client.post(merge_url(*pair), {"ander": "weg"}).status_code == status
    assert Klant.objects.count() == 2


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM klanten_plugin_klant "
        "WHERE upper(emailadres) COLLATE \"C\" = upper('a@b.nl')",
        "SELECT klant_id FROM klanten_plugin_natuurlijkpersoon WHERE inp_bsn = '1'",
    ],
)
def test_a_look_up_goes_along_an_index(db: Any, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan" not in plan, plan
