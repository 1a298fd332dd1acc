"""Writes in the admin follow the same rules as those of consumers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.admin.models import LogEntry
from django.test import Client

import pytest

from klanten_plugin.admin.klanten.page_forms import IN_WORDS
from klanten_plugin.constants import OutboxKind
from klanten_plugin.domain.klanten.audittrail import audit_lines
from klanten_plugin.domain.klanten.representation import represent_klant
from klanten_plugin.models import Klant, NhrState, OutboxRow
from klanten_plugin.models.groups import owned_groups, value_fields
from klanten_plugin.models.subjects import subject_accessor
from tests.api_client import ApiClient, klant_body
from tests.bodies import KINDS, full_body
from tests.nhr import DONALD, STICHTING, Peer, vestiging

from ..pages import (
    LIST,
    errors,
    fields_on,
    filled_in,
    form_data,
    klant_page,
    only_klant,
    text_of,
)

ADD = f"{LIST}add/"

SUBJECT = "subject_natuurlijk_persoon"
ADRES = f"{SUBJECT}__verblijfsadres"
BUITENLAND = f"{SUBJECT}__sub_verblijf_buitenland"


def add(client: Client, body: dict[str, Any], **values: Any) -> Any:
    url = f"{ADD}?subject_type={body['subjectType']}"
    data = form_data(client, url, **{**filled_in(body), **values})
    # even if another klant has the same number or e-mail address
    return client.post(url, {**data, "toch": "on"})


def change(client: Client, klant: Klant, **values: Any) -> Any:
    url = klant_page(klant, "wijzigen")
    return client.post(url, form_data(client, url, **values))


@pytest.fixture(autouse=True)
def _notifications(settings: Any) -> None:
    settings.NOTIFICATIONS_DISABLED = False


@pytest.mark.parametrize("kind", KINDS)
def test_all_of_a_klant_can_be_filled_in(
    beheer: Client, api: ApiClient, kind: str
) -> None:
    body = full_body(kind)
    assert add(beheer, body).status_code == 302
    klant = only_klant()
    shown = api.get(f"/klanten/api/v1/klanten/{klant.uuid}").json()
    assert {name: shown[name] for name in body} == body


@pytest.mark.parametrize("kind", KINDS)
def test_opening_and_saving_changes_nothing(
    beheer: Client, api: ApiClient, kind: str
) -> None:
    api.create(**full_body(kind))
    klant = only_klant()
    before = represent_klant(klant, ""), audit_lines(klant).count()
    response = change(beheer, klant)
    assert response.status_code == 302
    page = text_of(beheer.get(response.url))
    assert "Er is niets gewijzigd aan klant" in page
    assert "is bewaard" not in page
    klant = only_klant()
    assert (represent_klant(klant, ""), audit_lines(klant).count()) == before


def all_fields(klant: Klant) -> list[str]:
    """Return the names of all form fields of a klant."""

    def below(model: Any, prefix: str, without: set[str]) -> Iterator[str]:
        for field in value_fields(model):
            yield f"{prefix}-{field.name}" if prefix else field.name
        for accessor, group in owned_groups(model).items():
            if accessor not in without:
                yield from below(group, f"{prefix}__{accessor}".strip("_"), without)

    others = {subject_accessor(kind) for kind in KINDS if kind != klant.subject_type}
    names = list(below(Klant, "", others))
    names.remove("subject_type")  # it can't be changed once set
    return names


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_on_the_page_once(
    beheer: Client, api: ApiClient, kind: str
) -> None:
    api.create(**full_body(kind))
    klant = only_klant()
    shown = fields_on(beheer.get(klant_page(klant, "wijzigen")))
    extra = {"reden-toelichting", f"{SUBJECT}-bsn_verwijderen"}
    assert sorted(set(shown) - extra) == sorted(all_fields(klant))
    assert len(shown) == len(set(shown))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_on_the_page_is_kept(
    beheer: Client, api: ApiClient, kind: str
) -> None:
    """As if a field had been added to the model but not to the page."""
    api.create(**full_body(kind))
    klant = only_klant()
    url = klant_page(klant, "wijzigen")
    before = represent_klant(klant, "")
    complete = form_data(beheer, url)
    for name in all_fields(klant):
        data = {other: value for other, value in complete.items() if other != name}
        assert len(data) < len(complete), name
        assert beheer.post(url, data).status_code == 302, name
        assert represent_klant(only_klant(), "") == before, name


def test_what_is_not_on_the_page_keeps_a_group_that_is_emptied(
    beheer: Client, api: ApiClient
) -> None:
    api.create(**full_body("natuurlijk_persoon"))
    url = klant_page(only_klant(), "wijzigen")
    data = form_data(beheer, url)
    blank = {name: "" for name in data if name.startswith("adres-")}
    assert blank.pop("adres-landcode") == ""
    del data["adres-landcode"]
    landcode = only_klant().adres.landcode
    assert beheer.post(url, {**data, **blank}).status_code == 302
    adres = only_klant().adres
    assert landcode
    assert (adres.landcode, adres.straatnaam) == (landcode, "")


def test_what_goes_with_a_change(beheer: Client, api: ApiClient) -> None:
    created = api.create(**full_body("natuurlijk_persoon"))
    etag = api.get(created["url"]).headers["ETag"]
    OutboxRow.objects.all().delete()
    values = {
        "voornaam": "Zoé",
        "subject_natuurlijk_persoon-voorletters": "Q.",
        "reden-toelichting": "Verkeerd gespeld.",
    }
    assert change(beheer, only_klant(), **values).status_code == 302

    answer = api.get(created["url"])
    assert answer.json() == {
        **created,
        "voornaam": "Zoé",
        "subjectIdentificatie": {
            **created["subjectIdentificatie"],
            "voorletters": "Q.",
        },
    }
    assert answer.headers["ETag"] != etag
    line = api.audit_lines(created)[-1]
    assert line["actie"] == "partial_update"
    assert line["gebruikersWeergave"] == "Bea Heer"
    assert line["toelichting"] == "Verkeerd gespeld."
    assert line["wijzigingen"]["nieuw"]["voornaam"] == "Zoé"
    assert line["hoofdObject"].endswith(f"/klanten/api/v1/klanten/{only_klant().uuid}")
    [task] = OutboxRow.objects.all()
    assert (task.kind, task.payload["actie"]) == (OutboxKind.NOTIFICATION, "update")
    entry = LogEntry.objects.get()
    assert "Voornaam" in entry.get_change_message()
    assert "Zoé" not in entry.change_message


def test_a_number_is_given(beheer: Client, api: ApiClient) -> None:
    assert add(beheer, klant_body()).status_code == 302
    klant = only_klant()
    assert klant.klantnummer.isdigit()
    assert [line.actie for line in audit_lines(klant)] == ["create"]
    assert OutboxRow.objects.get().payload["actie"] == "create"


def test_a_klant_is_deleted_as_the_api_does(beheer: Client, api: ApiClient) -> None:
    created = api.create(**full_body("vestiging"))
    klant = only_klant()
    url = klant_page(klant, "delete")
    assert str(klant) in text_of(beheer.get(url))
    OutboxRow.objects.all().delete()
    assert beheer.post(url, {"grond": "mistake"}).status_code == 302
    assert not Klant.objects.exists()
    assert not audit_lines(klant.uuid).exists()
    kinds = set(OutboxRow.objects.values_list("kind", flat=True))
    assert OutboxKind.NOTIFICATION in kinds
    assert api.get(created["url"]).status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("bronorganisatie", "123456789", "bronorganisatie"),
        ("bronorganisatie", "12345678", "bronorganisatie"),
        ("bronorganisatie", "12345678x", "bronorganisatie"),
        (f"{SUBJECT}-inp_bsn", "111111111", "subjectIdentificatie.inpBsn"),
        (f"{SUBJECT}-inp_bsn", "9002220", "subjectIdentificatie.inpBsn"),
        (f"{SUBJECT}-inp_a_nummer", "0123456789", "subjectIdentificatie.inpANummer"),
        ("website_url", "geen url", "websiteUrl"),
        ("emailadres", "zoe@", "emailadres"),
    ],
)
def test_a_fault_is_told_at_its_field_as_the_api_does(
    beheer: Client, api: ApiClient, field: str, value: str, name: str
) -> None:
    body = full_body("natuurlijk_persoon")
    *groups, last = name.split(".")
    target = body
    for group in groups:
        target = target[group]
    target[last] = value
    params = api.post(body).json()["invalidParams"]
    expected = [param["reason"] for param in params if param["name"] == name]
    assert expected
    assert errors(add(beheer, body)) == {field: expected}
    assert not Klant.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bronorganisatie", ""),
        ("website_url", ""),
        ("klantnummer", "123456789"),
        ("voorvoegsel_achternaam", "x" * 11),
        ("adres-huisletter", "ab"),
        ("adres-huisnummer", "100000"),
        (f"{ADRES}-aoa_identificatie", ""),
        (f"{ADRES}-aoa_huisnummer", "-1"),
        (f"{BUITENLAND}-lnd_landcode", ""),
        (f"{BUITENLAND}-sub_adres_buitenland_1", "x" * 36),
        (f"{SUBJECT}-geslachtsaanduiding", "x"),
    ],
)
def test_what_the_api_refuses_is_refused(
    beheer: Client, api: ApiClient, field: str, value: str
) -> None:
    response = add(beheer, full_body("natuurlijk_persoon"), **{field: value})
    assert list(errors(response)) == [field]
    assert "errornote" in text_of(response)
    assert not Klant.objects.exists()


def test_too_long_a_trade_name(beheer: Client, db: Any) -> None:
    name = "subject_vestiging-handelsnaam"
    values = {name: f"De Bakker\n{'x' * 626}"}
    assert list(errors(add(beheer, full_body("vestiging"), **values))) == [name]


def test_a_number_that_is_taken(beheer: Client, api: ApiClient) -> None:
    api.create(**full_body("vestiging"))
    response = add(beheer, full_body("natuurlijk_persoon"))
    [again] = api.post(full_body("natuurlijk_persoon")).json()["invalidParams"]
    assert errors(response) == {"": [str(IN_WORDS[again["code"]])]}


def test_a_klant_without_subject(beheer: Client, api: ApiClient) -> None:
    body = klant_body(subjectIdentificatie={})
    [refused] = api.post(body).json()["invalidParams"]
    assert errors(add(beheer, body)) == {"": [str(IN_WORDS[refused["code"]])]}


def test_no_number_left(beheer: Client, api: ApiClient, settings: Any) -> None:
    settings.KLANTEN_KLANTNUMMER_RANGE = (1, 1)
    add(beheer, klant_body())
    assert list(errors(add(beheer, klant_body()))) == ["klantnummer"]


def test_a_subject_must_exist(
    beheer: Client, api: ApiClient, subject_url: str, requests_mock: Any
) -> None:
    gone = "https://subjecten.example.nl/api/v1/subjecten/2"
    requests_mock.get(gone, status_code=404)
    assert list(errors(add(beheer, klant_body(), subject=gone))) == ["subject"]
    assert add(beheer, klant_body(), subject=subject_url).status_code == 302
    # a number that was looked up before isn't queued again
    requests_mock.get(subject_url, status_code=500)
    assert change(beheer, only_klant(), functie="Bakker").status_code == 302


def test_a_klant_with_only_a_url(
    beheer: Client, api: ApiClient, subject_url: str
) -> None:
    data = {
        "bronorganisatie": "123456782",
        "website_url": "https://example.nl",
        "subject": subject_url,
    }
    url = f"{ADD}?subject_type=geen"
    assert beheer.post(url, form_data(beheer, url, **data)).status_code == 302
    assert only_klant().subject_type == ""
    # its type can still be set, once
    assert change(beheer, only_klant(), subject_type="vestiging").status_code == 302
    number = {"subject_vestiging-vestigings_nummer": "990000541921"}
    assert change(beheer, only_klant(), **number).status_code == 302
    assert only_klant().subject_vestiging.vestigings_nummer == "990000541921"


def test_the_website_is_asked_for_where_the_host_does(
    beheer: Client, api: ApiClient, settings: Any
) -> None:
    settings.KLANTEN_WEBSITE_URL_REQUIRED = False
    assert add(beheer, klant_body(websiteUrl="")).status_code == 302


def test_the_kind_is_chosen_first(beheer: Client, db: Any) -> None:
    text = text_of(beheer.get(ADD))
    assert all(f"?subject_type={kind}" in text for kind in KINDS)


@pytest.mark.parametrize("accessor", ["adres", ADRES, BUITENLAND])
def test_a_group_that_is_emptied_is_removed(
    beheer: Client, api: ApiClient, accessor: str
) -> None:
    api.create(**full_body("natuurlijk_persoon"))
    klant = only_klant()
    data = form_data(beheer, klant_page(klant, "wijzigen"))
    blank = {name: "" for name in data if name.startswith(f"{accessor}-")}
    assert change(beheer, klant, **blank).status_code == 302
    body = represent_klant(only_klant(), "")
    subject = body["subjectIdentificatie"]
    groups = {
        "adres": body["adres"],
        ADRES: subject["verblijfsadres"],
        BUITENLAND: subject["subVerblijfBuitenland"],
    }
    assert [name for name, group in groups.items() if group is None] == [accessor]


def test_who_was_slower_writes_nothing(beheer: Client, api: ApiClient) -> None:
    created = api.create(**full_body("vestiging"))
    klant = only_klant()
    url = klant_page(klant, "wijzigen")
    data = form_data(beheer, url, functie="Bakker")
    api.patch(created["url"], {"bedrijfsnaam": "Iets anders"})
    assert "gewijzigd nadat" in errors(beheer.post(url, data))[""][0]
    assert only_klant().functie != "Bakker"
    assert only_klant().bedrijfsnaam == "Iets anders"


def test_another_number_is_taken_over(
    beheer: Client, api: ApiClient, kvk: Peer
) -> None:
    api.create(**vestiging(DONALD))
    values = {"subject_vestiging-vestigings_nummer": STICHTING}
    assert change(beheer, only_klant(), **values).status_code == 302
    assert NhrState.objects.get().nummer == STICHTING
    keys = OutboxRow.objects.filter(kind=OutboxKind.NHR_OVERNAME)
    assert f"vestiging:{STICHTING}" in keys.values_list("object_key", flat=True)


class TestBsn:
    FIELD = f"{SUBJECT}-inp_bsn"

    def test_it_is_not_on_the_form(self, beheer: Client, api: ApiClient) -> None:
        api.create(**full_body("natuurlijk_persoon"))
        url = klant_page(only_klant(), "wijzigen")
        assert "900222086" not in text_of(beheer.get(url))

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ({}, "900222086"),
            ({FIELD: "111222333"}, "111222333"),
            ({f"{SUBJECT}-bsn_verwijderen": "on"}, ""),
        ],
    )
    def test_it_is_kept_replaced_or_removed(
        self, beheer: Client, api: ApiClient, values: dict[str, str], expected: str
    ) -> None:
        api.create(**full_body("natuurlijk_persoon"))
        assert change(beheer, only_klant(), **values).status_code == 302
        assert only_klant().subject_natuurlijk_persoon.inp_bsn == expected

    def test_not_both(self, beheer: Client, api: ApiClient) -> None:
        api.create(**full_body("natuurlijk_persoon"))
        both = {self.FIELD: "111222333", f"{SUBJECT}-bsn_verwijderen": "on"}
        assert list(errors(change(beheer, only_klant(), **both))) == [self.FIELD]


@pytest.mark.parametrize("permission", ["view_klant", "add_klant"])
def test_who_may_not_change(
    medewerker: Callable[..., Client], api: ApiClient, permission: str
) -> None:
    api.create(**full_body("vestiging"))
    klant = only_klant()
    client = medewerker(permission)
    before = list(Klant.objects.values())
    for page in ("wijzigen", "delete", "change", "teruggeven", "verversen", "rollen"):
        data = {"post": "yes", "functie": "x", "veld": "adres"}
        assert client.post(klant_page(klant, page), data).status_code == 403, page
    for page in ("wijzigen", "delete"):
        assert client.get(klant_page(klant, page)).status_code == 403
    allowed = 200 if permission == "add_klant" else 403
    assert client.get(ADD).status_code == allowed
    assert list(Klant.objects.values()) == before


@pytest.mark.parametrize("object_id", ["0", "x", "9" * 30])
def test_no_such_klant(beheer: Client, db: Any, object_id: str) -> None:
    for page in ("change/", "wijzigen/"):
        assert beheer.get(f"{LIST}{object_id}/{page}").status_code == 404


def test_what_is_missing_is_said_in_the_words_of_the_page(
    beheer: Client, multi_component: None
) -> None:
    url = f"{LIST}add/?subject_type=geen"
    page = text_of(beheer.get(url))
    assert "https://onbekend.invalid" in page
    values = {"bronorganisatie": "123456782", "website_url": "https://example.nl"}
    response = beheer.post(url, form_data(beheer, url, **values))
    [message] = errors(response)[""]
    assert "geef bij “Subject” een URL" in message
    assert "subjectIdentificatie" not in text_of(response)
