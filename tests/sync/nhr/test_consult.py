"""What sources together say: whom to believe, and when to ask again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

import pytest

from klanten_plugin.clients.nhr.protocol import NOTHING, Answer
from klanten_plugin.constants import NhrOutcome, NhrSoort
from klanten_plugin.exceptions import (
    ConfigurationError,
    PermanentRemoteError,
    RemoteError,
    TemporaryRemoteError,
)
from klanten_plugin.models.nhr import NhrNummer
from klanten_plugin.sync.nhr import consult as register
from klanten_plugin.sync.nhr.consult import consult, next_time

NUMBER = NhrNummer(NhrSoort.VESTIGING, "000012345678")

ACTUEEL, DEELS, FOUT = NhrOutcome.ACTUEEL, NhrOutcome.DEELS, NhrOutcome.FOUT
ONBEKEND, UITGESCHREVEN = NhrOutcome.ONBEKEND, NhrOutcome.UITGESCHREVEN

ADRES = {
    "straatnaam": "Korenmarkt",
    "huisnummer": 3,
    "postcode": "6811GV",
    "woonplaatsnaam": "Arnhem",
}
TELEFOON = {"telefoonnummer": "0261234567"}
NAAM = {"bedrijfsnaam": "Bakker"}
DOWN = TemporaryRemoteError("Te druk.")
SHIELDED = Answer(values=NAAM, adres_shielded=True)
CLOSED = Answer(values=NAAM, closed=True, kvk_nummer="11111111")


@dataclass
class Stub:
    """A source that says one thing."""

    says: Answer | Exception
    fields: frozenset[str]
    soorten: frozenset[NhrSoort] = frozenset(NhrSoort)
    name: str = ""
    asked: list[NhrNummer] = field(default_factory=list)

    def look_up(self, number: NhrNummer) -> Answer:
        self.asked.append(number)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


def source(says: Answer | Exception | dict[str, Any], *fields: str) -> Stub:
    answer = Answer(values=says) if isinstance(says, dict) else says
    return Stub(answer, frozenset(fields))


ALL = ("bedrijfsnaam", "telefoonnummer", "adres")


@pytest.mark.parametrize(
    ("sources", "facts", "outcome", "asked"),
    [
        # the most trusted one gives it; who can't add anything isn't paid
        (
            [
                source(NAAM, "bedrijfsnaam"),
                source({**TELEFOON, "bedrijfsnaam": "Other"}, *ALL),
                source(TELEFOON, "bedrijfsnaam", "telefoonnummer"),
            ],
            {"bedrijfsnaam": "A", "telefoonnummer": "B"},
            ACTUEEL,
            "AB",
        ),
        # only what it can deliver, and nothing that is empty
        (
            [source({**NAAM, **TELEFOON}, "bedrijfsnaam"), source(TELEFOON, *ALL)],
            {"bedrijfsnaam": "A", "telefoonnummer": "B"},
            ACTUEEL,
            "AB",
        ),
        (
            [source({"bedrijfsnaam": " "}, *ALL), source(NAAM, *ALL)],
            {"bedrijfsnaam": "B"},
            ACTUEEL,
            "AB",
        ),
        (
            [source({"website_url": "https://onbekend.invalid"}, "website_url")],
            {},
            ACTUEEL,
            "A",
        ),
        # nothing there is no reason not to ask the next
        (
            [source(NOTHING, *ALL), source(NAAM, *ALL)],
            {"bedrijfsnaam": "B"},
            ACTUEEL,
            "AB",
        ),
        ([source(NOTHING, *ALL), source(NOTHING, *ALL)], {}, ONBEKEND, "AB"),
        ([], {}, ONBEKEND, ""),
        # what was ended is so for all
        (
            [source(TELEFOON, *ALL), source(CLOSED, *ALL), source(NAAM, *ALL)],
            {},
            UITGESCHREVEN,
            "AB",
        ),
        # what is shielded by one isn't given away by another, nor by one after a failure
        (
            [
                source(SHIELDED, *ALL),
                source(DOWN, "telefoonnummer"),
                source({"adres": ADRES}, "adres"),
                source(
                    {"adres": ADRES, "website_url": "https://x.nl"},
                    "adres",
                    "website_url",
                ),
            ],
            {"bedrijfsnaam": "A", "website_url": "D"},
            DEELS,
            "ABD",
        ),
        # what is shielded is no reason to drop what a more trusted one gave
        (
            [source({"adres": ADRES}, *ALL), source(SHIELDED, *ALL)],
            {"adres": "A", "bedrijfsnaam": "B"},
            ACTUEEL,
            "AB",
        ),
        # who comes later doesn't hold up who answered; what it may have stays open
        (
            [
                source(NAAM, "bedrijfsnaam"),
                source(DOWN, "telefoonnummer"),
                source(TELEFOON, "telefoonnummer"),
            ],
            {"bedrijfsnaam": "A"},
            DEELS,
            "AB",
        ),
        # also after an answer that there is nothing
        ([source(NOTHING, *ALL), source(DOWN, *ALL)], {}, DEELS, "AB"),
    ],
)
def test_whom_to_believe(
    sources: list[Stub], facts: dict[str, str], outcome: NhrOutcome, asked: str
) -> None:
    for number, each in enumerate(sources):
        each.name = "ABCD"[number]
        each.asked.clear()
    found = consult(sources, NUMBER)
    assert {name: fact.source for name, fact in found.facts.items()} == facts
    assert found.outcome == outcome
    assert "".join(each.name for each in sources if each.asked == [NUMBER]) == asked


@pytest.mark.parametrize(
    "sources",
    [
        [source(DOWN, *ALL), source(NAAM, *ALL)],
        # not one that comes later either, where it isn't for now
        [source(NAAM, "bedrijfsnaam"), source(PermanentRemoteError(""), *ALL)],
        [source(NAAM, "bedrijfsnaam"), source(ConfigurationError(""), *ALL)],
    ],
)
def test_what_is_no_answer(sources: list[Stub]) -> None:
    with pytest.raises(RemoteError):
        consult(sources, NUMBER)


def test_who_knows_no_such_numbers_isnt_asked() -> None:
    other = source(NAAM, *ALL)
    other.soorten = frozenset({NhrSoort.RECHTSPERSOON})
    assert consult([other], NUMBER).outcome == ONBEKEND
    assert other.asked == []


def test_the_first_kvk_nummer_counts() -> None:
    answers = [Answer(kvk_nummer=each) for each in ("", "22222222", "33333333")]
    found = consult([source(answer, *ALL) for answer in answers], NUMBER)
    assert found.kvk_nummer == "22222222"


def test_remarks_on_what_is_known_already_are_left_out() -> None:
    first = Answer(values=NAAM, remarks=(("adres", "Onvolledig."),))
    second = Answer(remarks=(("bedrijfsnaam", "Te lang."), ("", "Oud.")))
    found = consult([source(first, *ALL), source(second, *ALL)], NUMBER)
    assert found.remarks == (("adres", "Onvolledig."), ("", "Oud."))


LONG = {"bedrijfsnaam": "x" * 201}
PART = {"adres": {**ADRES, "huisnummertoevoeging": "achter"}}


@pytest.mark.parametrize(
    ("sources", "remarks"),
    [
        ([source(NOTHING, *ALL)], [("", "A heeft niets onder dit nummer.")]),
        ([source(NAAM, *ALL), source(DOWN, *ALL)], [("", "B antwoordde niet.")]),
        (
            [source(CLOSED, *ALL)],
            [("", "Uitgeschreven volgens A: er wordt niets overgenomen.")],
        ),
        ([source(LONG, *ALL)], [("bedrijfsnaam", "Langer dan 200 tekens.")]),
        (
            [source(PART, *ALL)],
            [
                (
                    "adres",
                    "Adres overgenomen zonder huisnummertoevoeging: "
                    "Langer dan 4 tekens.",
                )
            ],
        ),
    ],
)
def test_what_an_administrator_reads(
    sources: list[Stub], remarks: list[tuple[str, str]]
) -> None:
    for number, each in enumerate(sources):
        each.name = "AB"[number]
    assert list(consult(sources, NUMBER).remarks) == remarks


def test_the_register_may_shield_an_address() -> None:
    assert consult([source(SHIELDED, *ALL)], NUMBER).adres_shielded is True
    open_ones = (
        [source(NAAM, *ALL)],
        [source({"adres": ADRES}, *ALL), source(SHIELDED, *ALL)],
    )
    for sources in open_ones:
        assert consult(sources, NUMBER).adres_shielded is False


@pytest.mark.parametrize(
    ("outcome", "days"),
    [(ACTUEEL, 30), (DEELS, 1), (ONBEKEND, 90), (UITGESCHREVEN, 90), (FOUT, 90)],
)
@pytest.mark.parametrize(("chance", "factor"), [(min, 0.75), (max, 1.25)])
def test_when_to_ask_again(
    settings: Any,
    monkeypatch: Any,
    outcome: NhrOutcome,
    days: int,
    chance: Any,
    factor: float,
) -> None:
    settings.KLANTEN_NHR_INTERVAL_DAYS = 30
    settings.KLANTEN_NHR_JITTER = 0.25
    monkeypatch.setattr(register._random, "uniform", chance)
    wait = timedelta(days=days * factor)
    before = timezone.now()
    assert before + wait <= next_time(outcome) <= timezone.now() + wait
