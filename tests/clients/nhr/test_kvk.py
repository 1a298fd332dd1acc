"""Parsing of KVK's responses, recorded and constructed."""

from __future__ import annotations

from typing import Any

import pytest

from klanten_plugin.clients.nhr.haal_centraal import read
from klanten_plugin.clients.nhr.kvk import KvkSource
from klanten_plugin.clients.nhr.kvk_http import ask_kvk
from klanten_plugin.clients.nhr.profiles import (
    basisprofiel,
    has_passed,
    vestigingsprofiel,
)
from klanten_plugin.clients.nhr.protocol import Answer, Probed, Source
from klanten_plugin.clients.nhr.sources import SHIPPED
from klanten_plugin.constants import CONTACT_FIELDS, NhrSoort
from klanten_plugin.exceptions import (
    PermanentRemoteError,
    TemporaryRemoteError,
)
from klanten_plugin.models import NhrBron
from klanten_plugin.models.nhr import NhrNummer
from tests.nhr import DONALD, DONALD_RSIN, VVE_RSIN, Peer, make_service, sample

SHIELDED = "Het register schermt het bezoekadres af."


def adres(**parts: Any) -> dict[str, Any]:
    empty = {"huisletter": "", "huisnummertoevoeging": "", "landcode": "6030"}
    return {**empty, **parts}


def bezoekadres(**parts: Any) -> dict[str, Any]:
    return {
        "type": "bezoekadres",
        "indAfgeschermd": "Nee",
        "straatnaam": "Dam",
        "huisnummer": 1,
        "postcode": "1012JS",
        "plaats": "Amsterdam",
        "land": "Nederland",
        **parts,
    }


DAM = adres(
    straatnaam="Dam", huisnummer=1, postcode="1012JS", woonplaatsnaam="Amsterdam"
)
POSTBUS = {
    "type": "correspondentieadres",
    "indAfgeschermd": "Nee",
    "postbusnummer": 200,
    "postcode": "1000 AE",
    "plaats": "Rommeldam",
    "land": "Nederland",
}

SAMPLES = {
    # version 1.5 with `links` as a list; a postbus takes precedence over the
    # bezoekadres
    f"vestigingsprofiel-{DONALD}": (
        "Test BV Donald",
        "",
        adres(
            straatnaam="Hizzaarderlaan",
            huisnummer=3,
            huisnummertoevoeging="A",
            postcode="8823SJ",
            woonplaatsnaam="Lollum",
        ),
        (),
    ),
    # `_links` as an object
    "vestigingsprofiel-000038509504": (
        "Test EMZ Dagobert",
        "",
        adres(
            straatnaam="Abebe Bikilalaan",
            huisnummer=17,
            huisletter="M",
            postcode="1034WL",
            woonplaatsnaam="Amsterdam",
        ),
        (),
    ),
    # version 1.4: no handelsnamen; websites without scheme
    "vestigingsprofiel-000000080896": (
        "Locatie Museumpark",
        "https://www.hogeschoolrotterdam.nl",
        adres(
            straatnaam="Museumpark",
            huisnummer=40,
            postcode="3015CX",
            woonplaatsnaam="Rotterdam",
        ),
        (),
    ),
    "vestigingsprofiel-990064773193": (
        "Stichting Uc027Tc01Tg01 1652253635399",
        "https://www.domeinnaam1.nl",
        adres(
            straatnaam="Sint Jacobsstraat",
            huisnummer=300,
            postcode="3511BT",
            woonplaatsnaam="Utrecht",
        ),
        (),
    ),
    "vestigingsprofiel-000012345679": (
        "testMeerdereAdressen",
        "",
        adres(
            straatnaam="Keizersgracht",
            huisnummer=100,
            postcode="1015CW",
            woonplaatsnaam="Amsterdam",
        ),
        ("Het register heeft meer dan één bezoekadres; het eerste bruikbare geldt.",),
    ),
    "vestigingsprofiel-000012345680": (
        "testBuitenlands",
        "",
        None,
        ("Het bezoekadres is in het buitenland; het register geeft geen landcode.",),
    ),
    "vestigingsprofiel-990000541921": ("Grand Joyflex B.V.", "", None, (SHIELDED,)),
    "basisprofiel-69599084": (
        "Test EMZ Dagobert",
        "",
        adres(
            straatnaam="Abebe Bikilalaan",
            huisnummer=17,
            huisletter="M",
            postcode="1034WL",
            woonplaatsnaam="Amsterdam",
        ),
        (),
    ),
    # without a vestiging: the owner's address
    "basisprofiel-90000749": (
        "Global Conron",
        "",
        adres(
            straatnaam="Blaauwweg",
            huisnummer=163,
            postcode="3328XD",
            woonplaatsnaam="Dordrecht",
        ),
        (),
    ),
    # a postbus is the only address; the owner's must not reveal what is shielded
    "basisprofiel-90001354": (
        "Grand Joyflex B.V.",
        "",
        adres(
            straatnaam="Postbus",
            huisnummer=12,
            postcode="6029ZG",
            woonplaatsnaam="Sterksel",
        ),
        (SHIELDED,),
    ),
    "basisprofiel-41129830": (
        "Stichting Hogeschool Rotterdam",
        "https://www.hogeschoolrotterdam.nl",
        adres(
            straatnaam="Museumpark",
            huisnummer=40,
            postcode="3015CX",
            woonplaatsnaam="Rotterdam",
        ),
        (),
    ),
}


def summary(answer: Answer) -> tuple[Any, ...]:
    values = answer.values
    reasons = tuple(reason for _field, reason in answer.remarks)
    return (
        values.get("bedrijfsnaam", ""),
        values.get("website_url", ""),
        values.get("adres"),
        reasons,
    )


@pytest.mark.parametrize("name", SAMPLES)
def test_recorded_answers(name: str) -> None:
    read_profiel = basisprofiel if name.startswith("basis") else vestigingsprofiel
    assert summary(read_profiel(sample(name))) == SAMPLES[name]


@pytest.mark.parametrize(
    ("adressen", "expected", "shielded"),
    [
        (None, None, False),
        ([], None, False),
        ("nowhere", None, False),
        ([bezoekadres()], DAM, False),
        ([bezoekadres(indAfgeschermd="JA")], None, True),
        ([bezoekadres(indAfgeschermd="Ja"), bezoekadres()], DAM, True),
        (
            [bezoekadres(indAfgeschermd="ja"), POSTBUS],
            adres(
                straatnaam="Postbus",
                huisnummer=200,
                postcode="1000AE",
                woonplaatsnaam="Rommeldam",
            ),
            True,
        ),
        (
            [bezoekadres(indAfgeschermd="ja"), {**POSTBUS, "indAfgeschermd": "Ja"}],
            None,
            True,
        ),
        ([POSTBUS, bezoekadres()], DAM, False),
        ([bezoekadres(straatnaam=None), POSTBUS, bezoekadres()], DAM, False),
        ([{"type": "bezoekadres", "volledigAdres": "Dam 1 Amsterdam"}], None, False),
        ([bezoekadres(land="France")], None, False),
        ([bezoekadres(land="  nederland ")], DAM, False),
    ],
)
def test_which_address(adressen: Any, expected: Any, shielded: bool) -> None:
    answer = vestigingsprofiel({"adressen": adressen})
    assert (answer.values.get("adres"), answer.adres_shielded) == (expected, shielded)


@pytest.mark.parametrize(
    ("websites", "expected"),
    [
        (["www.example.nl"], "https://www.example.nl"),
        (["http://example.nl"], "http://example.nl"),
        (["HTTPS://example.nl", "b.nl"], "HTTPS://example.nl"),
        (["", "b.nl"], "https://b.nl"),
        ([None, 3], "https://3"),
        ([], ""),
        (None, ""),
        ("www.example.nl", ""),
    ],
)
def test_websites_have_no_scheme(websites: Any, expected: str) -> None:
    answer = vestigingsprofiel({"websites": websites})
    assert answer.values.get("website_url", "") == expected


@pytest.mark.parametrize(
    ("datum", "expected"),
    [
        (None, False),
        ("", False),
        ("20200101", True),
        ("2020-01-01", True),
        ("20150600", True),
        ("19290000", True),
        ("20000000", True),
        ("00000000", True),
        ("29990000", False),
        ("29991231", False),
        ("nooit", True),
    ],
)
def test_dates_with_zeros(datum: Any, expected: bool) -> None:
    assert has_passed(datum) is expected
    profiel = {"materieleRegistratie": {"datumEinde": datum}}
    assert vestigingsprofiel(profiel).closed is expected
    eigenaar = {"_embedded": {"eigenaar": {"datumUitschrijving": datum}}}
    assert basisprofiel(eigenaar).closed is expected


def test_a_vestiging_costs_one_request(register: Peer, db: Any) -> None:
    source = KvkSource(make_service(f"{register.root}/api/"))
    answer = source.look_up(NhrNummer(NhrSoort.VESTIGING, DONALD))

    assert (answer.values["bedrijfsnaam"], answer.kvk_nummer) == (
        "Test BV Donald",
        "68750110",
    )
    assert register.asked == [f"/api/v1/vestigingsprofielen/{DONALD}"]


def test_a_root_may_be_written_without_a_slash(register: Peer, db: Any) -> None:
    source = KvkSource(make_service(f"{register.root}/api"))
    assert source.look_up(NhrNummer(NhrSoort.VESTIGING, DONALD)).found


@pytest.mark.parametrize("rsin", [VVE_RSIN, DONALD_RSIN, "992760562"])
def test_a_rsin_is_searched_for_first(register: Peer, db: Any, rsin: str) -> None:
    source = KvkSource(make_service(f"{register.root}/api/"))
    answer = source.look_up(NhrNummer(NhrSoort.RECHTSPERSOON, rsin))

    assert answer.found
    assert register.asked == [
        f"/api/v2/zoeken?rsin={rsin}&inclusiefInactieveRegistraties=true",
        f"/api/v1/basisprofielen/{answer.kvk_nummer}",
    ]


@pytest.mark.parametrize(
    ("soort", "nummer"),
    [(NhrSoort.VESTIGING, "000000000099"), (NhrSoort.RECHTSPERSOON, "123456782")],
)
def test_nothing_under_the_number(
    register: Peer, db: Any, soort: NhrSoort, nummer: str
) -> None:
    source = KvkSource(make_service(f"{register.root}/api/"))
    assert source.look_up(NhrNummer(soort, nummer)) == Answer(found=False)


def test_an_answer_about_another_number_is_refused(register: Peer, db: Any) -> None:
    register.profiel(DONALD)["vestigingsnummer"] = "000000000002"
    source = KvkSource(make_service(f"{register.root}/api/"))
    with pytest.raises(PermanentRemoteError, match="ander nummer"):
        source.look_up(NhrNummer(NhrSoort.VESTIGING, DONALD))


def test_links_in_an_answer_are_not_followed(register: Peer, db: Any) -> None:
    elsewhere = {"self": {"href": "https://attacker.example.nl/"}}
    register.profiel(DONALD).update(_links=elsewhere, links="nothing")
    source = KvkSource(make_service(f"{register.root}/api/"))
    assert source.look_up(NhrNummer(NhrSoort.VESTIGING, DONALD)).found
    assert len(register.asked) == 1


def test_an_unknown_parameter_is_refused(register: Peer, db: Any) -> None:
    service = make_service(f"{register.root}/api/")
    path = f"v1/vestigingsprofielen/{DONALD}"
    with pytest.raises(TemporaryRemoteError, match="IPD1999"):
        ask_kvk(service, path, paid=True, params={"trace": "1"})


FACADE = {
    f"facade-vestiging-{DONALD}": {
        "bedrijfsnaam": "Test BV Donald (facade)",
        "website_url": "https://www.donald.example.nl",
        "telefoonnummer": "+31302142081",
        "emailadres": "info@donald.example.nl",
        "adres": adres(
            straatnaam="Hizzaarderlaan",
            huisnummer=3,
            huisletter="A",
            postcode="8823SJ",
            woonplaatsnaam="Lollum",
        ),
    },
    f"facade-rechtspersoon-{VVE_RSIN}": {
        "bedrijfsnaam": "Global Conron",
        "website_url": "https://www.conron.example.nl",
        "telefoonnummer": "+31786112233",
        "adres": {
            **adres(
                straatnaam="Postbus",
                huisnummer=1021,
                postcode="3300AA",
                woonplaatsnaam="Dordrecht",
            ),
            "landcode": "",
        },
    },
}


@pytest.mark.parametrize("name", FACADE)
def test_answers_of_the_facade(name: str) -> None:
    assert read(sample(name)).values == FACADE[name]


@pytest.mark.parametrize(
    ("datum", "expected"),
    [
        (None, False),
        ({}, False),
        ({"jaar": 2021, "maand": 3}, True),
        ({"jaar": 2999}, False),
        ({"datum": "2021-03-01"}, True),
        ("20210301", True),
    ],
)
def test_the_end_of_a_company_at_the_facade(datum: Any, expected: bool) -> None:
    assert read({"datumUitschrijving": datum}).closed is expected


def test_every_kind_of_source_is_there(db: Any) -> None:
    assert set(SHIPPED) == set(NhrBron.Soort.values) - {NhrBron.Soort.EIGEN}
    service = make_service("https://kvk.example/api/")
    for make in SHIPPED.values():
        source = make(service)
        assert isinstance(source, Source)
        assert isinstance(source, Probed)
        assert source.fields <= set(CONTACT_FIELDS)
