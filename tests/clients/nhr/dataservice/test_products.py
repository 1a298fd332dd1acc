"""Parsing of a vestiging and of a registration, for each shape of message."""

from __future__ import annotations

from typing import Any

import pytest

from klanten_plugin.clients.nhr.addresses import (
    ADDED,
    FOREIGN,
    SEVERAL as TWO,
    SHIELDED,
)
from klanten_plugin.clients.nhr.dataservice.contact import (
    NO_EMAIL,
    SEVERAL,
    UNAUTHORISED,
    WITH_DESIGNATION,
)
from klanten_plugin.clients.nhr.dataservice.products import (
    NON_MAILING,
    read_inschrijving,
    read_vestiging,
)

from .xml import (
    DAM,
    DAM_FIELDS,
    HOUSEBOAT,
    LONDON,
    LONDON_FIELDS,
    POSTBUS,
    POSTBUS_FIELDS,
    brief,
    choice,
    communicatie,
    inschrijving,
    locatie,
    number,
    person,
    rechtspersoon,
    vestiging,
)

BEZOEK, POST = "bezoekLocatie", "postLocatie"
EXTRA = '<extraElementen><extraElement naam="x">1</extraElement></extraElementen>'


def beside(location: str) -> str:
    """Return a location with a line that isn't part of its address."""
    line = "<toevoegingAdres>Gebouw C</toevoegingAdres>"
    return location.replace("<afgeschermd>", f"{line}<afgeschermd>")


@pytest.mark.parametrize(
    ("numbers", "dialled"),
    [
        # the register has the area code's zero as well as the country code
        (number("+31", "0302142081"), "+31302142081"),
        (number("+31", "0612345678"), "+31612345678"),
        (number("+31", "302142081"), "+31302142081"),
        (number("0031", "0302142081"), "+31302142081"),
        (number("31", "0302142081"), "+31302142081"),
        (number("", "0302142081"), "0302142081"),
        (number("+31", "+31302142081"), "+31302142081"),
        (number("+44", "02079460000"), "+442079460000"),
        # in Italy the zero is also dialled from abroad
        (number("+39", "0612345678"), "+390612345678"),
        # the first that isn't a fax number
        (
            number("+31", "0202411297", "F") + number("+31", "0302142081"),
            "+31302142081",
        ),
        (number("+31", "0202411297", "F"), None),
        (number("+31", ""), None),
        ("", None),
    ],
    ids=brief,
)
def test_telephone_numbers(numbers: str, dialled: str | None) -> None:
    answer = read_vestiging(vestiging(communicatie(numbers)))
    assert answer.values.get("telefoonnummer") == dialled
    assert answer.remarks == ()


def test_several_of_a_kind_take_the_first_in_the_order_of_the_message() -> None:
    answer = read_vestiging(
        vestiging(
            communicatie(
                number("+31", "0301111111")
                + number("+31", "0302222222")
                + "<emailAdres>geen adres</emailAdres>"
                "<emailAdres>a@example.nl</emailAdres>"
                "<emailAdres>b@example.nl</emailAdres>"
                "<domeinNaam>www1.example.nl</domeinNaam>"
                "<domeinNaam>www2.example.nl</domeinNaam>"
            )
        )
    )
    assert dict(answer.values) == {
        "telefoonnummer": "+31301111111",
        "emailadres": "a@example.nl",
        "website_url": "https://www1.example.nl",
    }
    assert answer.remarks == (
        ("emailadres", NO_EMAIL),
        ("telefoonnummer", SEVERAL),
        ("emailadres", SEVERAL),
    )


def test_what_the_connection_may_not_see() -> None:
    registratie = '<registratie registratieTijdstipNoValue="nietGeautoriseerd"/>'
    answer = read_vestiging(vestiging(communicatie("", registratie)))
    assert answer.remarks == (
        ("telefoonnummer", UNAUTHORISED),
        ("emailadres", UNAUTHORISED),
    )


@pytest.mark.parametrize(
    ("locations", "fields", "shielded", "remarks"),
    [
        (locatie(BEZOEK, DAM), DAM_FIELDS, False, []),
        (locatie(POST, POSTBUS), POSTBUS_FIELDS, False, []),
        # whatever the order in the message
        (locatie(POST, POSTBUS) + locatie(BEZOEK, DAM), DAM_FIELDS, False, []),
        (locatie(BEZOEK, LONDON), LONDON_FIELDS, False, []),
        (
            locatie(BEZOEK, LONDON.replace("6039", "GB")),
            None,
            False,
            [FOREIGN.format(type="bezoekadres")],
        ),
        (
            locatie(BEZOEK, DAM, "J"),
            None,
            True,
            [SHIELDED.format(type="bezoekadres")],
        ),
        (
            locatie(BEZOEK, DAM, "J") + locatie(POST, POSTBUS),
            POSTBUS_FIELDS,
            True,
            [SHIELDED.format(type="bezoekadres")],
        ),
        # shielded, without any of its values
        (
            f"<{BEZOEK}>{choice('afgeschermd', 'J')}</{BEZOEK}>",
            None,
            True,
            [SHIELDED.format(type="bezoekadres")],
        ),
        (
            locatie(BEZOEK, HOUSEBOAT) + locatie(POST, POSTBUS),
            POSTBUS_FIELDS,
            False,
            [WITH_DESIGNATION.format(type="bezoekadres")],
        ),
        (
            beside(locatie(BEZOEK, DAM)),
            DAM_FIELDS,
            False,
            [ADDED.format(type="bezoekadres")],
        ),
        (
            beside(locatie(BEZOEK, LONDON)),
            LONDON_FIELDS,
            False,
            [ADDED.format(type="bezoekadres")],
        ),
        ("", None, False, []),
    ],
    ids=brief,
)
def test_addresses(
    locations: str, fields: Any, shielded: bool, remarks: list[str]
) -> None:
    answer = read_vestiging(vestiging(locations))
    assert answer.values.get("adres") == fields
    assert answer.adres_shielded is shielded
    assert [reason for _field, reason in answer.remarks] == remarks
    assert TWO.format(type="bezoekadres") not in remarks


@pytest.mark.parametrize(
    ("inside", "name"),
    [
        ("<eersteHandelsnaam>Bakker</eersteHandelsnaam>", "Bakker"),
        ("<naamgeving><naam>School</naam></naamgeving>", "School"),
        (
            "<handeltOnder><handelsnaam><naam>Tweede</naam><volgorde>1</volgorde>"
            "</handelsnaam></handeltOnder><handeltOnder><handelsnaam><naam>Eerste</naam>"
            "<volgorde>0</volgorde></handelsnaam></handeltOnder>",
            "Eerste",
        ),
        ("", None),
    ],
    ids=brief,
)
def test_names_of_a_vestiging(inside: str, name: str | None) -> None:
    assert read_vestiging(vestiging(inside)).values.get("bedrijfsnaam") == name


ACTIVITY = (
    "<maatschappelijkeActiviteit><kvkNummer>12345678</kvkNummer>"
    f"{choice('nonMailing', 'J')}</maatschappelijkeActiviteit>"
)


@pytest.mark.parametrize(
    "relation",
    [
        "<onderneming><isEenManifestatieVan>{}</isEenManifestatieVan></onderneming>",
        "{}",
    ],
    ids=brief,
)
def test_kvk_nummer_and_non_mailing(relation: str) -> None:
    inside = f"<isEenUitoefeningVan>{relation.format(ACTIVITY)}</isEenUitoefeningVan>"
    answer = read_vestiging(vestiging(inside))
    assert answer.kvk_nummer == "12345678"
    # recorded, but adopted nonetheless, because it is about advertising
    assert answer.remarks == (("", NON_MAILING),)


@pytest.mark.parametrize(
    ("dates", "closed"),
    [
        ("<datumAanvang>20000218</datumAanvang>", False),
        ("<datumEinde>20010218</datumEinde>", True),
        ("<datumEinde>20010000</datumEinde>", True),
        ("<datumEinde>29990101</datumEinde>", False),
    ],
    ids=brief,
)
def test_the_end_of_a_vestiging(dates: str, closed: bool) -> None:
    inside = f"<registratie>{dates}</registratie>"
    assert read_vestiging(vestiging(inside)).closed is closed
    assert read_inschrijving(inschrijving(inside)).closed is closed


def test_a_vestiging_that_another_company_took_over_goes_on() -> None:
    ended = "<relatieRegistratie><datumEinde>20200101</datumEinde></relatieRegistratie>"
    inside = f"<isEenUitoefeningVan>{ended}{ACTIVITY}</isEenUitoefeningVan>"
    assert not read_vestiging(vestiging(inside)).closed


def test_the_end_of_a_legal_person() -> None:
    owner = rechtspersoon("<datumUitschrijving>20200101</datumUitschrijving>")
    assert read_inschrijving(inschrijving(owner=owner)).closed


CONTACT = communicatie(number("+31", "0302205555") + "<emailAdres>a@b.nl</emailAdres>")


@pytest.mark.parametrize(
    ("inside", "owner"),
    [
        # a foundation without establishments
        (CONTACT + locatie(BEZOEK, DAM) + "<naam>Stichting</naam>", rechtspersoon()),
        (
            "<naam>Stichting</naam><wordtGeleidVanuit><commercieleVestiging>"
            f"{CONTACT}{locatie(BEZOEK, DAM)}</commercieleVestiging></wordtGeleidVanuit>",
            rechtspersoon(),
        ),
        # newer messages have this before the target of a relation
        (
            f"<naam>Stichting</naam><wordtGeleidVanuit>{EXTRA}<commercieleVestiging>"
            f"{CONTACT}{locatie(BEZOEK, DAM)}</commercieleVestiging></wordtGeleidVanuit>",
            EXTRA + rechtspersoon(),
        ),
        (
            "",
            rechtspersoon(
                CONTACT
                + locatie(BEZOEK, DAM)
                + "<naamgeving><naam>Stichting</naam></naamgeving>"
            ),
        ),
    ],
    ids=brief,
)
def test_where_a_registration_has_its_contact_data(inside: str, owner: str) -> None:
    answer = read_inschrijving(inschrijving(inside, owner))
    assert dict(answer.values) == {
        "bedrijfsnaam": "Stichting",
        "telefoonnummer": "+31302205555",
        "emailadres": "a@b.nl",
        "adres": DAM_FIELDS,
    }
    assert answer.kvk_nummer == "12345678"


def test_an_owner_gives_no_address_away_that_is_shielded_at_the_registration() -> None:
    owner = rechtspersoon(locatie(BEZOEK, DAM))
    answer = read_inschrijving(inschrijving(locatie(BEZOEK, DAM, "J"), owner))
    assert answer.adres_shielded
    assert "adres" not in answer.values


def test_a_home_is_no_address_of_a_company() -> None:
    home = locatie("woonLocatie", DAM)
    answer = read_inschrijving(inschrijving("<naam>ZZP</naam>", person(more=home)))
    assert dict(answer.values) == {"bedrijfsnaam": "ZZP"}
