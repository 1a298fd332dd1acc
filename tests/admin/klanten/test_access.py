"""The report for an inzageverzoek: all klanten of a person, with origins of the values.

It doesn't contain employees.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib.admin.models import LogEntry
from django.test import Client

import pytest
from structlog.testing import capture_logs

from klanten_plugin.models import Klant
from tests.admin.klanten.test_deletion import add_rol
from tests.admin.pages import form_data, klant_page, text_of
from tests.api_client import ApiClient
from tests.bodies import full_body
from tests.nhr import DONALD, vestiging

BSN = "900222086"
PERSON = "natuurlijk_persoon"
EMAIL = "zoe@example.nl"
EMPLOYEE = "Bea Heer"


def person(api: ApiClient, number: str, bsn: str = "", **fields: Any) -> Klant:
    subject = {"inpBsn": bsn} if bsn else {"geslachtsnaam": f"Naam {number}"}
    values = {"emailadres": "", "telefoonnummer": "", **fields}
    body = {"klantnummer": number, "subjectType": PERSON, **values}
    api.create(**body, subjectIdentificatie=subject)
    return Klant.objects.get(klantnummer=number)


@pytest.fixture
def klanten(api: ApiClient) -> list[Klant]:
    """Two with the same BSN, two candidates, and one of another person."""
    return [
        person(api, "K-1", BSN, emailadres=EMAIL, achternaam="Zoë"),
        person(api, "K-2", BSN, telefoonnummer="030-1234567"),
        person(api, "K-3", emailadres=EMAIL.upper()),
        person(api, "K-4", telefoonnummer="+31 30 123 45 67"),
        person(api, "K-5", emailadres="ander@example.nl"),
    ]


def overview(client: Client, klant: Klant, form: str = "json", *chosen: Klant) -> Any:
    data = {"vorm": form, "bevestigd": [str(one.pk) for one in chosen]}
    return client.post(klant_page(klant, "inzage"), data)


def test_candidates_are_in_it_once_they_are_confirmed(
    beheer: Client, klanten: list[Klant]
) -> None:
    page = text_of(beheer.get(klant_page(klanten[1], "inzage")))
    certain, candidates = page.split("Kandidaten")
    assert [one.klantnummer in certain for one in klanten] == [True] * 2 + [False] * 3
    assert [one.klantnummer in candidates for one in klanten] == [
        *(False, False, True, True, False)
    ]
    report = overview(beheer, klanten[1]).json()
    assert [one["klantnummer"] for one in report["klanten"]] == ["K-1", "K-2"]
    report = overview(beheer, klanten[0], "json", klanten[3]).json()
    assert [one["klantnummer"] for one in report["klanten"]] == ["K-1", "K-2", "K-4"]
    refused = text_of(overview(beheer, klanten[0], "json", klanten[4]))
    assert "hoort niet (meer) bij de kandidaten" in refused


def test_each_value_with_its_origin(beheer: Client, api: ApiClient) -> None:
    created = api.create(**full_body(PERSON))
    why = f"Gebeld met {EMPLOYEE}"
    klant = Klant.objects.get()
    add_rol(klant)
    data = {"functie": "wethouder"}
    api.patch(created["url"], data, headers={"X-Audit-Toelichting": why})
    [shown] = overview(beheer, klant).json()["klanten"]
    values = {line["pad"]: line for line in shown["gegevens"]}
    assert values["subjectIdentificatie.inpBsn"]["waarde"] == klant_bsn(klant)
    assert values["functie"]["waarde"] == "wethouder"
    assert values["functie"]["herkomst"] == "all"
    assert values["functie"]["sinds"] == shown["wijzigingen"][1]["wanneer"]
    assert all(line["herkomst"] and line["sinds"] for line in shown["gegevens"])
    body = api.get(created["url"]).json()
    assert body.pop("url")
    assert set(leaves(body)) == values.keys()
    assert len(shown["rollen"]) == 1
    assert shown["wijzigingen"][1]["velden"] == [
        {
            "naam": "Functie",
            "pad": "functie",
            "oud": full_body(PERSON)["functie"],
            "nieuw": "wethouder",
        }
    ]


def klant_bsn(klant: Klant) -> str:
    subject: Any = klant
    return str(subject.subject_natuurlijk_persoon.inp_bsn)


def leaves(body: dict[str, Any], path: str = "") -> list[str]:
    found: list[str] = []
    for name, value in body.items():
        if isinstance(value, dict):
            found += leaves(value, f"{path}{name}.")
        elif value not in ("", None):
            found.append(f"{path}{name}")
    return found


def test_of_an_organisation_with_what_the_register_gave(
    beheer: Client, api: ApiClient
) -> None:
    api.create(**vestiging(DONALD))
    klant = Klant.objects.get()
    state: Any = klant
    state.nhr_state.provenance = {
        "telefoonnummer": {
            "waarde": "0301",
            "bron": "kvk",
            "op": "2026-01-02T03:04:05+00:00",
        }
    }
    state.nhr_state.save()
    report = overview(beheer, klant).json()
    assert report["klanten"][0]["nhr"] == [
        {
            "veld": "telefoonnummer",
            "waarde": "0301",
            "bron": "kvk",
            "wanneer": "2026-01-02T03:04:05+00:00",
        }
    ]
    assert report["ontvangers"]["bevraagd"] == ["kvk"]
    assert report["ontvangers"]["mogenLezen"] == ["all"]


@pytest.mark.parametrize("form", ["pagina", "html", "json"])
def test_names_of_employees_are_on_a_separate_sheet(
    beheer: Client, klanten: list[Klant], form: str
) -> None:
    url = klant_page(klanten[0], "wijzigen")
    why = f"Gevraagd door {EMPLOYEE} aan de balie"
    changed = form_data(beheer, url, functie="x", **{"reden-toelichting": why})
    assert beheer.post(url, changed).status_code == 302
    beheer.post(klant_page(klanten[0], "bsn"))
    response = overview(beheer, klanten[0], form)
    text = text_of(response)
    shown = text.split('id="content-main"')[-1]
    assert EMPLOYEE not in shown
    assert "Gevraagd door [medewerker] aan de balie" in shown
    assert "BSN bekeken." in shown
    assert BSN in shown
    if form != "pagina":
        assert response["Content-Disposition"].startswith("attachment")
        assert "no-store" in response["Cache-Control"]
    sheet = text_of(overview(beheer, klanten[0], "medewerkers"))
    assert EMPLOYEE in sheet
    assert BSN not in sheet


def test_that_it_was_made_is_written_down(beheer: Client, klanten: list[Klant]) -> None:
    with capture_logs() as logs:
        overview(beheer, klanten[0], "html", klanten[2])
    lines = LogEntry.objects.filter(change_message__startswith="Inzageoverzicht")
    keys = sorted(int(line.object_id or 0) for line in lines)
    assert keys == [klanten[number].pk for number in (0, 1, 2)]
    [event] = [line for line in logs if line["event"] == "access_report_made"]
    assert event["klanten"] == [str(klanten[number].uuid) for number in (0, 1, 2)]
    assert BSN not in json.dumps(event)


@pytest.mark.parametrize(
    ("codenames", "status"),
    [
        (["view_klant"], 403),
        (["make_access_report"], 403),
        (["view_klant", "make_access_report"], 200),
    ],
)
def test_it_takes_a_right_of_its_own(
    medewerker: Callable[..., Client],
    klanten: list[Klant],
    codenames: list[str],
    status: int,
) -> None:
    client = medewerker(*codenames)
    assert client.get(klant_page(klanten[0], "inzage")).status_code == status
    assert overview(client, klanten[0]).status_code == status
    if "view_klant" in codenames:
        page = text_of(client.get(klant_page(klanten[0])))
        assert ("Inzageverzoek" in page) is (status == 200)


def test_the_texts_of_the_organisation(
    beheer: Client, klanten: list[Klant], settings: Any
) -> None:
    settings.KLANTEN_ACCESS_REPORT_PURPOSE = "Dienstverlening (AVG 6.1.e)"
    settings.KLANTEN_ACCESS_REPORT_RETENTION = "Vijf jaar"
    page = text_of(overview(beheer, klanten[0], "html"))
    assert "Dienstverlening (AVG 6.1.e)" in page
    assert "Vijf jaar" in page
