"""Values that the register no longer provides, and changed numbers."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

import pytest

from klanten_plugin.clients.nhr.protocol import Answer
from klanten_plugin.constants import NhrOutcome
from klanten_plugin.models import NhrState
from klanten_plugin.sync.nhr.refresh import refresh
from tests.api_client import ApiClient
from tests.nhr import (
    DONALD,
    DONALD_ADRES,
    ENDED,
    NO_WEBSITE,
    SHIELDED,
    STICHTING,
    Peer,
    add_source,
    shown,
    stand_of,
    vestiging,
    work,
)
from tests.nhr_source import OwnSource, choose_own_source
from tests.sync.nhr.test_overriding import NUMBER

UNKNOWN = "000000000099"


def renumber(api: ApiClient, klant: dict[str, Any], number: str) -> None:
    fields = {
        "subjectType": "vestiging",
        "subjectIdentificatie": {"vestigingsNummer": number},
    }
    assert api.patch(klant["url"], fields).status_code == 200


@pytest.mark.parametrize(
    ("number", "name", "adres", "outcome"),
    [
        (
            STICHTING,
            "Stichting Uc027Tc01Tg01 1652253635399",
            "Sint Jacobsstraat",
            NhrOutcome.ACTUEEL,
        ),
        (ENDED, "", None, NhrOutcome.UITGESCHREVEN),
        (UNKNOWN, "", None, NhrOutcome.ONBEKEND),
        (SHIELDED, "Grand Joyflex B.V.", None, NhrOutcome.ACTUEEL),
        ("geen nummer", "", None, NhrOutcome.GEEN_NUMMER),
    ],
)
def test_nothing_of_another_company_stays(
    api: ApiClient, kvk: Peer, number: str, name: str, adres: Any, outcome: NhrOutcome
) -> None:
    klant = api.create(**vestiging(telefoonnummer="0201234567"))
    work()
    renumber(api, klant, number)
    if number != "geen nummer":
        # until the register responds, it is kept and marked
        assert shown(klant)["bedrijfsnaam"] == "Test BV Donald"
        assert all(entry["vorig"] for entry in stand_of(klant).provenance.values())
    work()

    body, state = shown(klant), stand_of(klant)
    assert (body["bedrijfsnaam"], state.outcome) == (name, outcome)
    assert (body["adres"] and body["adres"]["straatnaam"]) == adres
    assert body["telefoonnummer"] == "0201234567"
    assert not any("vorig" in entry for entry in state.provenance.values())
    assert "Donald" not in str(state.provenance)


def test_a_number_that_the_register_refuses(api: ApiClient, kvk: Peer) -> None:
    klant = api.create(**vestiging())
    work()
    renumber(api, klant, STICHTING)
    kvk.fault("ipd", code="IPD0006", status=400)
    assert work().given_up == 1
    assert (shown(klant)["bedrijfsnaam"], shown(klant)["adres"]) == ("", None)


def test_values_of_a_consumer_stay_with_another_number(
    api: ApiClient, kvk: Peer
) -> None:
    klant = api.create(**vestiging())
    work()
    api.patch(klant["url"], {"bedrijfsnaam": "Ours"})
    renumber(api, klant, ENDED)
    work()
    body = shown(klant)
    assert (body["bedrijfsnaam"], body["adres"]) == ("Ours", None)


def test_a_source_that_is_down_leaves_the_old_company_no_longer(
    api: ApiClient, kvk: Peer
) -> None:
    add_source(kvk, "haal_centraal")
    klant = api.create(**vestiging())
    work()
    assert shown(klant)["telefoonnummer"] == "+31302142081"
    renumber(api, klant, STICHTING)
    kvk.fault("status", status=500, match="/bevragen/")
    work()
    body = shown(klant)
    assert (body["bedrijfsnaam"][:9], body["telefoonnummer"]) == ("Stichting", "")


SAID = {
    "bedrijfsnaam": "Bakker",
    "telefoonnummer": "0301234567",
    "website_url": "https://www.bakker.nl/",
    "emailadres": "Info@Bakker.nl",
    "adres": {"straatnaam": "Dam", "huisnummer": 1, "postcode": "1012 JS"},
}


@pytest.fixture
def said(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A klant with all values of its source."""
    choose_own_source()
    monkeypatch.setattr(OwnSource, "values", dict(SAID))
    klant = api.create(**vestiging())
    refresh(NUMBER)
    assert shown(klant)["bedrijfsnaam"] == "Bakker"
    return klant


@pytest.mark.parametrize(
    ("answer", "settings_", "kept", "gone"),
    [
        # no longer provides them
        (Answer(values={"bedrijfsnaam": "Bakker"}), {}, False, True),
        (Answer(values={"bedrijfsnaam": "Bakker"}), {"ABSENT": False}, True, True),
        # has ended, or doesn't exist
        (Answer(closed=True), {}, True, True),
        (Answer(closed=True), {"ENDED": True}, False, True),
        (Answer(found=False), {}, True, True),
        (Answer(found=False), {"ENDED": True}, False, True),
        # provides invalid values
        (Answer(values={**SAID, "telefoonnummer": "0" * 21}), {}, True, True),
        # still provides it
        (Answer(values=SAID), {"ENDED": True}, True, False),
    ],
)
def test_what_the_register_no_longer_says(
    said: dict[str, Any],
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    settings_: dict[str, bool],
    kept: bool,
    gone: bool,
) -> None:
    for name, value in settings_.items():
        setattr(settings, f"KLANTEN_NHR_EMPTY_{name}", value)
    monkeypatch.setattr(OwnSource, "look_up", lambda _self, _number: answer)
    refresh(NUMBER)
    state, body = stand_of(said), shown(said)
    assert (body["telefoonnummer"] == "0301234567") is kept
    assert state.gone is gone
    entry = state.provenance["telefoonnummer"]
    today = timezone.now().isoformat()[:10]
    assert entry.get("tot", "")[:10] == (today if gone else "")
    assert entry.get("was") == (None if kept else "0301234567")
    # idempotent
    assert refresh(NUMBER) == 0
    assert stand_of(said).provenance == state.provenance

    monkeypatch.setattr(OwnSource, "look_up", lambda _s, _n: Answer(values=SAID))
    refresh(NUMBER)
    assert shown(said)["telefoonnummer"] == "0301234567"
    assert stand_of(said).gone is False


def test_who_writes_the_value_that_was_emptied_owns_it(
    said: dict[str, Any], api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OwnSource, "values", {"bedrijfsnaam": "Bakker"})
    refresh(NUMBER)
    assert shown(said)["websiteUrl"] == NO_WEBSITE
    api.patch(said["url"], {"telefoonnummer": "0301234567"})
    refresh(NUMBER)
    assert shown(said)["telefoonnummer"] == "0301234567"


@pytest.mark.parametrize(
    "sent",
    [
        {"websiteUrl": "https://WWW.bakker.nl"},
        {"emailadres": "info@bakker.nl"},
        {"adres": {"straatnaam": "Dam", "huisnummer": 1, "postcode": "1012js"}},
    ],
)
def test_another_way_to_write_it_is_no_override(
    said: dict[str, Any],
    api: ApiClient,
    monkeypatch: pytest.MonkeyPatch,
    sent: dict[str, Any],
) -> None:
    assert api.patch(said["url"], sent).status_code == 200
    assert refresh(NUMBER) == 0
    changed = {
        "website_url": "https://other.nl",
        "emailadres": "other@bakker.nl",
        "adres": {"straatnaam": "Rokin", "huisnummer": 1},
    }
    monkeypatch.setattr(OwnSource, "values", {**SAID, **changed})
    assert refresh(NUMBER) == 1
    name = next(iter(sent))
    assert "ther" in str(shown(said)[name]) or "Rokin" in str(shown(said)[name])


def test_an_emptied_field_is_filled_at_once_and_for_nothing(
    api: ApiClient, kvk: Peer
) -> None:
    klant = api.create(**vestiging())
    work()
    api.patch(klant["url"], {"bedrijfsnaam": "Ours"})
    api.patch(klant["url"], {"bedrijfsnaam": ""})
    assert work().done == 1
    assert shown(klant)["bedrijfsnaam"] == "Test BV Donald"
    assert len(kvk.asked) == 1


@pytest.mark.parametrize("gives", ["nothing", "postbus"])
def test_an_address_that_kvk_doesnt_give_isnt_taken_from_a_facade(
    api: ApiClient, kvk: Peer, gives: str
) -> None:
    """The facade can't express shielding."""
    add_source(kvk, "haal_centraal")
    klant = api.create(**vestiging())
    work()
    assert shown(klant)["adres"] == DONALD_ADRES
    profiel = kvk.profiel(DONALD)
    postbus = {**profiel["adressen"][1], "type": "correspondentieadres"}
    postbus |= {"postbusnummer": 12, "straatnaam": None, "huisnummer": None}
    profiel["adressen"] = [postbus] if gives == "postbus" else []
    refresh(NUMBER)
    adres = shown(klant)["adres"]
    assert (adres and adres["straatnaam"]) == (
        "Postbus" if gives == "postbus" else None
    )


def test_an_email_address_among_the_websites(api: ApiClient, kvk: Peer) -> None:
    websites = ["info@donald.nl", "geen website", "www.donald.nl", "www.other.nl"]
    kvk.profiel(DONALD)["websites"] = websites
    klant = api.create(**vestiging())
    work()
    assert shown(klant)["websiteUrl"] == "https://www.donald.nl"


def test_part_of_an_address_without_a_field_is_reported(
    api: ApiClient, kvk: Peer
) -> None:
    for adres in kvk.profiel(DONALD)["adressen"]:
        adres["toevoegingAdres"] = "Appartement B"
    klant = api.create(**vestiging())
    work()
    reasons = [one["reden"] for one in stand_of(klant).remarks]
    assert any("zonder toevoegingAdres" in reason for reason in reasons)
    assert NhrState.objects.get().outcome == NhrOutcome.ACTUEEL
