"""Contact data of a klant are adopted from the register, and kept up to date."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.utils import timezone

import pytest

from klanten_plugin.constants import (
    NhrOutcome,
    NhrSoort,
    NhrTurn,
    OutboxKind,
    OutboxState,
)
from klanten_plugin.domain.klanten.write import create_klant
from klanten_plugin.models import KlantenConfig, NhrBron, NhrState, OutboxRow
from klanten_plugin.models.nhr import NhrNummer
from klanten_plugin.sync.nhr import due
from klanten_plugin.sync.nhr.due import queue_due
from klanten_plugin.sync.nhr.refresh import preview, refresh
from klanten_plugin.sync.outbox.run import Run
from klanten_plugin.tasks import plan_nhr
from tests.api_client import ApiClient
from tests.nhr import (
    DONALD,
    DONALD_ADRES,
    DONALD_RSIN,
    ENDED,
    NO_WEBSITE,
    SHIELDED,
    STICHTING,
    VVE_RSIN,
    Peer,
    add_source,
    rechtspersoon,
    shown,
    stand_of,
    vestiging,
    work,
    work_refresh,
)
from tests.nhr_source import PATH as OWN_SOURCE, OwnSource

CONTACT = ("bedrijfsnaam", "websiteUrl", "telefoonnummer", "emailadres", "adres")


def make_due() -> None:
    NhrState.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def contact(body: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(shown(body)[name] for name in CONTACT)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            vestiging(STICHTING),
            (
                "Stichting Uc027Tc01Tg01 1652253635399",
                "https://www.domeinnaam1.nl",
                "",
                "",
                {
                    "straatnaam": "Sint Jacobsstraat",
                    "huisnummer": 300,
                    "huisletter": "",
                    "huisnummertoevoeging": "",
                    "postcode": "3511BT",
                    "woonplaatsnaam": "Utrecht",
                    "landcode": "6030",
                },
            ),
        ),
        (
            rechtspersoon(VVE_RSIN),
            (
                "Global Conron",
                NO_WEBSITE,
                "",
                "",
                {
                    "straatnaam": "Blaauwweg",
                    "huisnummer": 163,
                    "huisletter": "",
                    "huisnummertoevoeging": "",
                    "postcode": "3328XD",
                    "woonplaatsnaam": "Dordrecht",
                    "landcode": "6030",
                },
            ),
        ),
    ],
    ids=["vestiging", "rechtspersoon"],
)
def test_a_new_klant_gets_what_the_register_says(
    api: ApiClient, kvk: Peer, fields: Any, expected: Any
) -> None:
    klant = api.create(**fields)
    assert kvk.asked == []

    assert work().done == 1
    assert contact(klant) == expected
    state = stand_of(klant)
    assert (state.outcome, state.remarks) == (NhrOutcome.ACTUEEL, [])


@pytest.mark.parametrize("end", ["", "/"])
def test_a_website_that_means_that_none_is_known(
    api: ApiClient, kvk: Peer, settings: Any, end: str
) -> None:
    settings.KLANTEN_NHR_NO_WEBSITE = [f"https://geen.example.nl{end}"]
    klanten = [
        api.create(**vestiging(STICHTING, websiteUrl=url))
        for url in ("https://geen.example.nl", "https://geen.example.nl/")
    ]
    work()

    websites = {shown(klant)["websiteUrl"] for klant in klanten}
    assert websites == {"https://www.domeinnaam1.nl"}


FILLED = {
    "straatnaam": "Dam",
    "huisnummer": 1,
    "huisletter": "A",
    "huisnummertoevoeging": "bis",
    "postcode": "1012JS",
    "woonplaatsnaam": "Amsterdam",
    "landcode": "6030",
}


@pytest.mark.parametrize(
    ("adres", "is_kept"),
    [
        ({"straatnaam": ""}, False),
        ({"huisnummer": None, "landcode": ""}, False),
        ({"landcode": "6030"}, True),
        (FILLED, True),
    ],
)
def test_an_address_in_which_nothing_is_said_is_none(
    api: ApiClient, kvk: Peer, adres: dict[str, Any], is_kept: bool
) -> None:
    klant = api.create(**vestiging(STICHTING, adres=adres))
    work()

    found = shown(klant)["adres"]
    assert (found == klant["adres"]) == is_kept
    assert (found["straatnaam"] == "Sint Jacobsstraat") != is_kept


@pytest.mark.parametrize(
    "fields",
    [
        vestiging("٠٠٠٠٣٧١٧٨٥٩٨"),
        vestiging(""),
        vestiging("000000000000"),
        vestiging("0000371785981"),
        vestiging("NL37178598"),
        rechtspersoon(""),
    ],
    ids=["arabic", "none", "zero", "long", "foreign", "no-rsin"],
)
def test_what_cant_be_looked_up_has_a_state_of_its_own(
    api: ApiClient, kvk: Peer, fields: Any
) -> None:
    klant = api.create(**fields)

    assert not OutboxRow.objects.filter(kind=OutboxKind.NHR_OVERNAME).exists()
    state = stand_of(klant)
    assert (state.outcome, state.due_at) == (NhrOutcome.GEEN_NUMMER, None)
    plan_nhr()
    assert work_refresh() == Run()


def test_a_person_isnt_in_the_register(api: ApiClient, kvk: Peer) -> None:
    api.create()
    assert not NhrState.objects.exists()


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        (vestiging("37178598"), f"vestigingsprofielen/{DONALD}"),
        (vestiging("0000 3717 8598"), f"vestigingsprofielen/{DONALD}"),
        (vestiging(" 37178598 "), f"vestigingsprofielen/{DONALD}"),
    ],
)
def test_numbers_as_people_write_them(
    api: ApiClient, kvk: Peer, fields: Any, asked: str
) -> None:
    klant = api.create(**fields)
    work()
    assert kvk.asked == [f"/api/v1/{asked}"]
    assert shown(klant)["bedrijfsnaam"] == "Test BV Donald"


def test_a_kvk_nummer_where_a_rsin_is_expected(db: Any, kvk: Peer) -> None:
    """The host decides whether the API accepts it. Existing ones are looked up."""
    klant = create_klant(
        {
            "bronorganisatie": "123456782",
            "subject_type": "niet_natuurlijk_persoon",
            "subject_identificatie": {"inn_nnp_id": "90000749"},
        }
    )
    work()
    # no search beforehand
    assert kvk.asked == ["/api/v1/basisprofielen/90000749"]
    klant.refresh_from_db()
    assert klant.bedrijfsnaam
    state = NhrState.objects.get()
    assert (state.soort, state.nummer) == (NhrSoort.ONDERNEMING, "90000749")


def test_an_ended_rsin(api: ApiClient, kvk: Peer) -> None:
    """It is found among inactive registrations, and isn't paid for."""
    basisprofiel = next(
        body
        for name, body in kvk.nhr.register.bodies.items()
        if name.startswith("basisprofiel-")
        and body["_embedded"].get("eigenaar", {}).get("rsin") == VVE_RSIN
    )
    kvk.nhr.register.bodies.pop(f"zoeken-rsin-{VVE_RSIN}", None)
    basisprofiel["materieleRegistratie"]["datumEinde"] = "20240101"
    klant = api.create(**rechtspersoon(VVE_RSIN))
    work()
    assert stand_of(klant).outcome == NhrOutcome.UITGESCHREVEN
    assert len(kvk.asked) == 1


def test_another_number_is_asked_for(api: ApiClient, kvk: Peer) -> None:
    klant = api.create(**vestiging(DONALD))
    work()
    changed = api.patch(
        klant["url"],
        {
            "subjectType": "vestiging",
            "subjectIdentificatie": {"vestigingsNummer": STICHTING},
        },
    )
    assert changed.status_code == 200
    state = stand_of(klant)
    assert (state.kvk_nummer, state.outcome) == ("", NhrOutcome.NIEUW)
    assert work().done == 1

    assert shown(klant)["bedrijfsnaam"].startswith("Stichting")
    assert stand_of(klant).kvk_nummer == "90006623"


def test_a_number_that_stays_the_same_isnt_asked_for_again(
    api: ApiClient, kvk: Peer
) -> None:
    klant = api.create(**vestiging())
    work()
    body = shown(klant)
    body.pop("url")
    assert api.put(klant["url"], body).status_code == 200
    assert api.patch(klant["url"], {"voornaam": "Noor"}).status_code == 200

    assert (work().done, len(kvk.asked)) == (0, 1)


def test_the_number_is_removed(api: ApiClient, kvk: Peer) -> None:
    klant = api.create(**vestiging())
    work()
    api.patch(
        klant["url"],
        {
            "subjectType": "vestiging",
            "subjectIdentificatie": {"vestigingsNummer": "unknown"},
        },
    )
    state = stand_of(klant)
    assert (state.nummer, state.kvk_nummer, state.due_at) == ("", "", None)
    plan_nhr()

    assert (work_refresh().done, len(kvk.asked)) == (0, 1)
    assert stand_of(klant).outcome == NhrOutcome.GEEN_NUMMER
    # the register's values were for the previous number
    body = api.get(klant["url"]).json()
    assert (body["bedrijfsnaam"], body["adres"]) == ("", None)
    assert stand_of(klant).provenance == {}
    lines = [line["toelichting"] for line in api.audit_lines(klant)]
    emptied = "Leeggemaakt: niet (meer) in het NHR (KVK: adres, bedrijfsnaam)"
    assert lines[-1] == emptied
    assert api.put(klant["url"], {**body, "voornaam": "Noor"}).status_code == 200


def test_a_change_is_a_change_like_any_other(
    api: ApiClient, kvk: Peer, settings: Any
) -> None:
    settings.NOTIFICATIONS_DISABLED = False
    klant = api.create(**vestiging())
    before = api.get(klant["url"]).headers["ETag"]
    work()

    assert stand_of(klant).changed_at is not None
    created, line = api.audit_lines(klant)
    assert line["actie"] == "update"
    assert line["applicatieId"] == "klanten_plugin"
    assert line["applicatieWeergave"] == "NHR-verversing"
    assert line["toelichting"] == "Overgenomen uit het NHR (KVK: bedrijfsnaam, adres)"
    old, created = line["wijzigingen"]["oud"], created["wijzigingen"]["nieuw"]
    assert {**old, "url": klant["url"]} == created
    assert line["wijzigingen"]["nieuw"]["adres"] == DONALD_ADRES
    assert api.get(klant["url"]).headers["ETag"] != before
    sent = OutboxRow.objects.filter(kind=OutboxKind.NOTIFICATION).order_by("pk")
    has_notifications = apps.is_installed("notifications_api_common")
    expected = ["create", "update"] if has_notifications else []
    assert [(task.payload or {})["actie"] for task in sent] == expected


def test_no_change_leaves_no_trace_but_its_time(
    api: ApiClient, kvk: Peer, settings: Any
) -> None:
    settings.NOTIFICATIONS_DISABLED = False
    klant = api.create(**vestiging())
    work()
    before = api.get(klant["url"])
    lines = api.audit_lines(klant)
    sent = OutboxRow.objects.filter(kind=OutboxKind.NOTIFICATION).count()
    state = stand_of(klant)
    make_due()
    plan_nhr()
    assert work_refresh().done == 1

    after = api.get(klant["url"])
    assert (after.json(), after.headers["ETag"]) == (
        before.json(),
        before.headers["ETag"],
    )
    assert api.audit_lines(klant) == lines
    assert OutboxRow.objects.filter(kind=OutboxKind.NOTIFICATION).count() == sent
    now = stand_of(klant)
    assert now.checked_at > state.checked_at
    assert (now.provenance, now.changed_at) == (state.provenance, state.changed_at)


def test_what_isnt_there_upstream_wipes_nothing(api: ApiClient, kvk: Peer) -> None:
    klant = api.create(**vestiging(STICHTING))
    work()
    before = contact(klant)
    kvk.profiel(STICHTING).clear()
    make_due()
    plan_nhr()
    assert work_refresh().done == 1

    assert contact(klant) == before


def test_klanten_with_the_same_number_cost_one_request(
    api: ApiClient, kvk: Peer
) -> None:
    klanten = [api.create(**vestiging()) for _ in range(3)]
    # from the first row of a database
    NhrState.objects.filter(klant__uuid=klanten[0]["url"][-36:]).update(id=1)
    work()
    make_due()
    plan_nhr()
    work_refresh()

    assert len(kvk.asked) == 2
    names = {shown(klant)["bedrijfsnaam"] for klant in klanten}
    assert names == {"Test BV Donald"}


def test_a_klant_that_is_gone_isnt_paid_for(api: ApiClient, kvk: Peer) -> None:
    klant = api.create(**vestiging())
    api.delete(klant["url"])

    assert work().done == 1
    assert refresh(NhrNummer(NhrSoort.VESTIGING, DONALD)) == 0
    assert kvk.asked == []


def test_the_next_time_is_an_interval_away_more_or_less(
    api: ApiClient, kvk: Peer
) -> None:
    numbers = ("000038509504", DONALD, STICHTING, "000012345678", "000012345679")
    klanten = [api.create(**vestiging(number)) for number in numbers]
    start = timezone.now()
    work()

    days = [(stand_of(k).due_at - start) / timedelta(days=1) for k in klanten]
    # the interval minus a day, and minus up to a random twentieth
    assert all(0.95 * 179 <= day <= 179.1 for day in days)
    assert len(set(days)) == len(days)


def test_what_is_due_is_queued_once(api: ApiClient, kvk: Peer) -> None:
    api.create(**vestiging())
    api.create(**vestiging(STICHTING))
    work()
    plan_nhr()
    tasks = OutboxRow.objects.filter(
        kind=OutboxKind.NHR_VERVERSING, state=OutboxState.WAITING
    )
    assert not tasks.exists()
    NhrState.objects.filter(nummer=STICHTING).update(due_at=timezone.now())
    assert [queue_due() for _twice in range(2)] == [1, 0]

    assert [task.object_key for task in tasks] == [f"vestiging:{STICHTING}"]


def test_without_a_source_nothing_is_queued_until_there_is_one(
    api: ApiClient, register: Peer
) -> None:
    klant = api.create(**vestiging())
    assert queue_due() == 0
    plan_nhr()
    assert not OutboxRow.objects.exists()
    add_source(register)
    plan_nhr()
    work_refresh()

    assert shown(klant)["bedrijfsnaam"] == "Test BV Donald"


def test_a_shielded_address_isnt_taken_over(api: ApiClient, kvk: Peer) -> None:
    add_source(kvk, "haal_centraal")  # whose facade would reveal it
    klant = api.create(**vestiging(SHIELDED))
    work()

    body = shown(klant)
    assert (body["bedrijfsnaam"], body["adres"]) == ("Grand Joyflex B.V.", None)
    assert body["telefoonnummer"] == "+31402261234"
    remarks = stand_of(klant).remarks
    reason = "Het register schermt het bezoekadres af."
    assert {"veld": "adres", "reden": reason} in remarks


@pytest.mark.parametrize("remove", [False, True])
def test_an_address_that_is_shielded_later(
    api: ApiClient, kvk: Peer, settings: Any, remove: bool
) -> None:
    settings.KLANTEN_NHR_REMOVE_SHIELDED = remove
    klant = api.create(**vestiging())
    ours = api.create(**vestiging(adres={**DONALD_ADRES, "huisnummer": 4}))
    work()
    for adres in kvk.profiel(DONALD)["adressen"]:
        adres["indAfgeschermd"] = "Ja"
    announced = [
        (one.field, one.old, one.new)
        for _klant, found in preview(NhrNummer(NhrSoort.VESTIGING, DONALD))
        for one in found
    ]
    assert announced == ([("adres", DONALD_ADRES, None)] if remove else [])
    make_due()
    plan_nhr()
    work_refresh()

    assert shown(klant)["adres"] == (None if remove else DONALD_ADRES)
    assert shown(ours)["adres"]["huisnummer"] == 4
    assert stand_of(klant).remarks
    # what was removed isn't kept with the klant either
    assert ("adres" in stand_of(klant).provenance) is not remove
    lines = [line["toelichting"] for line in api.audit_lines(klant)]
    assert lines[2:] == (
        ["Leeggemaakt: niet (meer) in het NHR (KVK: adres)"] if remove else []
    )


def test_what_is_shielded_doesnt_hold_back_an_address_that_isnt(
    api: ApiClient, kvk: Peer, settings: Any
) -> None:
    settings.KLANTEN_NHR_REMOVE_SHIELDED = True
    earlier = api.create(**vestiging())
    work()
    profiel = kvk.profiel(DONALD)
    adres = {**profiel["adressen"][1], "straatnaam": "Hofweg"}
    profiel["adressen"] = [
        {**adres, "type": "bezoekadres", "indAfgeschermd": "Ja"},
        {**adres, "type": "correspondentieadres", "indAfgeschermd": "Nee"},
    ]
    klant = api.create(**vestiging())
    work()

    assert shown(klant)["adres"]["straatnaam"] == "Hofweg"
    # it also replaces one that is shielded by now
    assert shown(earlier)["adres"]["straatnaam"] == "Hofweg"


def test_what_was_ended_is_flagged_and_left_alone(api: ApiClient, kvk: Peer) -> None:
    klant = api.create(**vestiging(ENDED))
    later = api.create(**vestiging())
    work()
    kvk.profiel(DONALD)["materieleRegistratie"]["datumEinde"] = "20240000"
    kvk.profiel(DONALD)["eersteHandelsnaam"] = "Other"
    make_due()
    plan_nhr()
    work_refresh()

    assert shown(klant)["bedrijfsnaam"] == ""
    assert shown(later)["bedrijfsnaam"] == "Test BV Donald"
    assert {stand_of(k).outcome for k in (klant, later)} == {NhrOutcome.UITGESCHREVEN}


def test_an_unknown_number_is_asked_for_less_often(api: ApiClient, kvk: Peer) -> None:
    klant = api.create(**vestiging("000000000099"))
    other = api.create(**rechtspersoon("123456782"))
    start = timezone.now()

    assert work().done == 2
    for body in (klant, other):
        state = stand_of(body)
        assert state.outcome == NhrOutcome.ONBEKEND
        reason = "KVK heeft niets onder dit nummer."
        assert state.remarks == [{"veld": "", "reden": reason}]
        assert start + timedelta(1.8) < state.due_at < start + timedelta(2.1)


def test_the_first_source_that_delivers_a_field_gives_it(
    api: ApiClient, kvk: Peer
) -> None:
    add_source(kvk, "haal_centraal")
    klant = api.create(**vestiging())
    work()

    body = shown(klant)
    assert body["bedrijfsnaam"] == "Test BV Donald"
    assert body["telefoonnummer"] == "+31302142081"
    assert body["emailadres"] == "info@donald.example.nl"
    assert body["websiteUrl"] == "https://www.donald.example.nl"
    assert body["adres"] == DONALD_ADRES
    line = api.audit_lines(klant)[-1]
    assert line["toelichting"] == (
        "Overgenomen uit het NHR (KVK: bedrijfsnaam, adres; "
        "Haal Centraal: websiteUrl, telefoonnummer, emailadres)"
    )


def test_trust_is_the_order_that_the_administrator_chose(
    api: ApiClient, register: Peer
) -> None:
    add_source(register, "haal_centraal")
    add_source(register)
    klant = api.create(**vestiging())
    work()

    assert shown(klant)["bedrijfsnaam"] == "Test BV Donald (facade)"
    # KVK can't add anything, so it isn't paid for
    assert [path.split("/")[1] for path in register.asked] == ["bevragen"]


def test_a_second_source_that_is_down_doesnt_cost_the_first_again(
    api: ApiClient, kvk: Peer
) -> None:
    add_source(kvk, "haal_centraal")
    kvk.fault("status", status=500, match="/bevragen/")
    klant = api.create(**vestiging())
    start = timezone.now()

    assert work().done == 1
    state = stand_of(klant)
    assert state.outcome == NhrOutcome.DEELS
    assert state.due_at < start + timedelta(days=2)
    reason = "Haal Centraal antwoordde 500."
    assert {"veld": "", "reden": reason} in state.remarks
    assert shown(klant)["bedrijfsnaam"] == "Test BV Donald"
    make_due()
    plan_nhr()
    work_refresh()
    assert shown(klant)["telefoonnummer"] == "+31302142081"


def test_what_a_source_that_is_down_may_have_isnt_taken_from_a_lesser_one(
    api: ApiClient, kvk: Peer, monkeypatch: Any
) -> None:
    monkeypatch.setattr(OwnSource, "values", {"telefoonnummer": "0301234567"})
    add_source(kvk, "haal_centraal")
    config = KlantenConfig.get_solo()
    NhrBron.objects.create(
        config=config, position=2, soort="eigen", class_path=OWN_SOURCE
    )
    kvk.fault("status", status=500, match="/bevragen/")
    klant = api.create(**vestiging())
    work()

    body = shown(klant)
    assert (body["bedrijfsnaam"], body["telefoonnummer"]) == ("Test BV Donald", "")


def test_a_company_that_the_facade_says_has_ended(
    api: ApiClient, register: Peer
) -> None:
    add_source(register, "haal_centraal")
    klant = api.create(**rechtspersoon(DONALD_RSIN))
    work()

    assert stand_of(klant).outcome == NhrOutcome.UITGESCHREVEN
    assert shown(klant)["telefoonnummer"] == ""


def test_a_source_that_is_down_puts_off_no_other(
    api: ApiClient, kvk: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting for its answer costs nothing, and isn't counted as a daily refresh."""
    monkeypatch.setattr(due, "SMALL", 1)
    add_source(kvk, "haal_centraal")
    klanten = [api.create(**vestiging(n)) for n in (DONALD, STICHTING, SHIELDED)]
    OutboxRow.objects.all().delete()
    now = timezone.now()
    NhrState.objects.update(
        turn=NhrTurn.REFRESH, outcome=NhrOutcome.DEELS, due_at=now - timedelta(hours=9)
    )
    NhrState.objects.filter(pk=stand_of(klanten[2]).pk).update(
        outcome=NhrOutcome.ACTUEEL, due_at=now - timedelta(hours=1)
    )
    assert queue_due() == 3
    OutboxRow.objects.all().delete()
    # if all are paid, klanten with a failed source come after the others
    NhrBron.objects.exclude(soort="kvk").delete()
    assert queue_due() == 1
    assert OutboxRow.objects.get().object_key == f"vestiging:{SHIELDED}"
