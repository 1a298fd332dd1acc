"""The representative of a company, according to its functionarissen."""

from __future__ import annotations

from typing import Any

import pytest

from klanten_plugin.clients.nhr.dataservice.representative import (
    DECEASED,
    FIELDS,
    NO_PERSON,
    NOBODY,
    SEVERAL,
    UNDER_A_MEASURE,
    WITHOUT_NAME,
    read_representative,
)
from klanten_plugin.clients.nhr.dataservice.source import (
    NO_FUNCTIONARISSEN,
    DataserviceSource,
)
from klanten_plugin.constants import CONTACT_FIELDS
from tests.dataservice import (
    DataservicePeer,
    look_up,
    make_service,
    with_representative,
)
from tests.nhr import DONALD, DONALD_RSIN, STICHTING

from .xml import (
    brief,
    choice,
    functionaris,
    gemachtigde,
    inschrijving,
    person,
    rechtspersoon,
)

DAGOBERT = "000038509504"
COMPANY = "<rechtspersoon><volledigeNaam>Beheer B.V.</volledigeNaam></rechtspersoon>"
ABROAD = "<buitenlandseVennootschap/>"
ENDED = "<registratie><datumEinde>20100101</datumEinde></registratie>"
FULL = choice("typeVolmacht", "V", "Volledige volmacht")
LIMITED = choice("typeVolmacht", "B", "Beperkte volmacht")
ONLY_HERE = (
    "<heeftBetrekkingOp><commercieleVestiging><vestigingsnummer>000012345678"
    "</vestigingsnummer></commercieleVestiging></heeftBetrekkingOp>"
)

JANSEN = {
    "voornaam": "Jan Pieter",
    "voorvoegsel_achternaam": "van der",
    "achternaam": "Jansen",
}


def as_director(function: str = "Bestuurder") -> dict[str, str]:
    return {**JANSEN, "functie": function}


@pytest.mark.parametrize(
    ("owner", "expected"),
    [
        (person(), {**JANSEN, "functie": "Eigenaar"}),
        (person(more="<overlijdensdatum>20200101</overlijdensdatum>"), DECEASED),
        (person(""), WITHOUT_NAME),
        (
            person(more=functionaris("functionarisBijzondereRechtstoestand")),
            UNDER_A_MEASURE,
        ),
        (
            person(
                more=functionaris("functionarisBijzondereRechtstoestand", more=ENDED)
            ),
            {**JANSEN, "functie": "Eigenaar"},
        ),
        # somebody who may sign for the owner doesn't replace them
        (person(more=gemachtigde(FULL)), {**JANSEN, "functie": "Eigenaar"}),
        (rechtspersoon(functionaris()), as_director()),
        (
            rechtspersoon(
                functionaris(
                    more="<functietitel><titel>Directeur</titel></functietitel>"
                )
            ),
            as_director("Directeur"),
        ),
        # a board that acts jointly, with one member who may act alone
        (
            rechtspersoon(functionaris() + functionaris(code="gb") * 3),
            as_director(),
        ),
        (rechtspersoon(functionaris(code="gb") * 2), NOBODY),
        (rechtspersoon(), NOBODY),
        (rechtspersoon(functionaris() * 2), SEVERAL.format(count=2)),
        (rechtspersoon(functionaris() * 12), SEVERAL.format(count=12)),
        (
            rechtspersoon(functionaris() + gemachtigde(FULL)),
            SEVERAL.format(count=2),
        ),
        (rechtspersoon(functionaris() + gemachtigde(LIMITED)), as_director()),
        (rechtspersoon(gemachtigde(FULL)), as_director("Gevolmachtigde")),
        (rechtspersoon(gemachtigde(FULL + ONLY_HERE)), as_director("Gevolmachtigde")),
        (
            rechtspersoon(
                gemachtigde(FULL + ONLY_HERE.replace("12345678", "12345679"))
            ),
            NOBODY,
        ),
        # companies as functionaris
        (rechtspersoon(functionaris(who=COMPANY)), NO_PERSON),
        (rechtspersoon(functionaris(who=ABROAD)), NO_PERSON),
        (
            rechtspersoon(functionaris(who=COMPANY) + functionaris()),
            SEVERAL.format(count=2),
        ),
        # those who may no longer act
        (rechtspersoon(functionaris(more=ENDED) + functionaris()), as_director()),
        (
            rechtspersoon(functionaris(more="<schorsing/>") + functionaris()),
            as_director(),
        ),
        (
            rechtspersoon(
                functionaris(
                    who=person(more="<overlijdensdatum>20200101</overlijdensdatum>")
                )
            ),
            NOBODY,
        ),
        (
            rechtspersoon(
                functionaris() + functionaris("functionarisBijzondereRechtstoestand")
            ),
            UNDER_A_MEASURE,
        ),
        (
            rechtspersoon(
                functionaris()
                + functionaris("functionarisBijzondereRechtstoestand", more=ENDED)
            ),
            as_director(),
        ),
        # a shareholder doesn't act for the company
        (
            rechtspersoon(functionaris("overigeFunctionaris") + functionaris()),
            as_director(),
        ),
        # partners: without limit, or limited to an amount
        (
            rechtspersoon(
                functionaris("aansprakelijke", code="ob", function="Vennoot")
            ),
            as_director("Vennoot"),
        ),
        (rechtspersoon(functionaris("aansprakelijke", code="bb") * 2), NOBODY),
        ("", NOBODY),
    ],
    ids=brief,
)
def test_representative(owner: str, expected: Any) -> None:
    values, remarks = read_representative(inschrijving(owner=owner), "000012345678")
    if not isinstance(expected, dict):
        assert values == {}
        assert remarks == [("achternaam", expected)]
    else:
        assert values == expected
        assert remarks == []


def test_off_by_default(dataservice: DataservicePeer, db: Any) -> None:
    source = DataserviceSource(make_service(dataservice.root))
    assert not source.fields & set(FIELDS)
    look_up(source, DONALD)
    assert len(dataservice.service.taken) == 1


@pytest.mark.parametrize(
    ("nummer", "achternaam", "functie", "questions"),
    [
        (DONALD, "Duck", "Algemeen directeur", 2),
        (DONALD_RSIN, "Duck", "Algemeen directeur", 1),
        (DAGOBERT, "Duck", "Eigenaar", 2),
        (STICHTING, None, None, 2),
    ],
    ids=brief,
)
def test_as_the_administrator_chose(
    dataservice: DataservicePeer,
    db: Any,
    nummer: str,
    achternaam: str | None,
    functie: str | None,
    questions: int,
) -> None:
    with_representative()
    source = DataserviceSource(make_service(dataservice.root))
    assert source.fields == set(CONTACT_FIELDS)
    answer = look_up(source, nummer)
    assert answer.values.get("achternaam") == achternaam
    assert answer.values.get("functie") == functie
    assert len(dataservice.service.taken) == questions
    if achternaam is None:
        assert ("achternaam", SEVERAL.format(count=2)) in answer.remarks


def test_a_second_question_that_fails_costs_nothing_of_the_first(
    dataservice: DataservicePeer, db: Any
) -> None:
    with_representative()
    source = DataserviceSource(make_service(dataservice.root))

    def fail_after_this(body: bytes) -> bytes:
        dataservice.answer_as_is(b"<html>", 503, "text/html")
        return body

    dataservice.tamper(fail_after_this)
    answer = look_up(source, DONALD)
    assert answer.values["emailadres"] == "donald@example.nl"
    assert ("achternaam", NO_FUNCTIONARISSEN) in answer.remarks
