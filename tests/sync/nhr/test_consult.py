"""Combining answers of sources: which one counts, and when to query again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

import pytest
from zgw_consumers.models import Service

from klanten_plugin.clients.nhr.answers import kept_answers
from klanten_plugin.clients.nhr.protocol import NOTHING, Answer
from klanten_plugin.constants import NhrOutcome, NhrSoort
from klanten_plugin.domain.nhr import timing
from klanten_plugin.domain.nhr.timing import next_time
from klanten_plugin.exceptions import (
    ConfigurationError,
    NotNow,
    PermanentRemoteError,
    RemoteError,
    TemporaryRemoteError,
)
from klanten_plugin.models import KlantenConfig
from klanten_plugin.models.nhr import NhrNummer
from klanten_plugin.sync.nhr.consult import consult
from tests.nhr import Peer

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
    """A source with a fixed answer."""

    says: Answer | Exception
    fields: frozenset[str]
    soorten: frozenset[NhrSoort] = frozenset(NhrSoort)
    name: str = ""
    tells_shielding: bool = False
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
OPEN = Stub(Answer(values={"adres": ADRES}), frozenset(ALL), tells_shielding=True)
"""Provides an address, and can express shielding."""


pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("sources", "facts", "outcome", "asked"),
    [
        # the most trusted one provides it; a source that can't add anything isn't paid
        # for
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
        # only fields that it can provide, and no empty ones
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
        # "not found" is no reason to skip the next one
        (
            [source(NOTHING, *ALL), source(NAAM, *ALL)],
            {"bedrijfsnaam": "B"},
            ACTUEEL,
            "AB",
        ),
        ([source(NOTHING, *ALL), source(NOTHING, *ALL)], {}, ONBEKEND, "AB"),
        ([], {}, ONBEKEND, ""),
        # an ended registration counts for all
        (
            [source(TELEFOON, *ALL), source(CLOSED, *ALL), source(NAAM, *ALL)],
            {},
            UITGESCHREVEN,
            "AB",
        ),
        # an address that one source shields isn't revealed by another, nor after a
        # failure
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
        # nor by a more trusted one that can't express shielding
        (
            [source({"adres": ADRES}, *ALL), source(SHIELDED, *ALL)],
            {"bedrijfsnaam": "B"},
            ACTUEEL,
            "AB",
        ),
        # but of two that can, the more trusted one counts
        (
            [OPEN, source(SHIELDED, *ALL)],
            {"adres": "A", "bedrijfsnaam": "B"},
            ACTUEEL,
            "AB",
        ),
        # a failed source doesn't delay the others; the fields that it may have stay
        # open
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
        # also after an answer of "not found"
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
    "error", [DOWN, PermanentRemoteError("Nee."), ConfigurationError("Geen sleutel.")]
)
def test_an_error_is_of_its_source_alone(error: RemoteError) -> None:
    """In any order: the answers of the others are adopted."""
    kinds = ([NAAM, error], [error, NAAM])
    for says in kinds:
        sources = [
            source(one, field)
            for one, field in zip(says, ("bedrijfsnaam", "adres"), strict=True)
        ]
        sources[says.index(NAAM)].fields = frozenset({"bedrijfsnaam"})
        sources[says.index(error)].fields = frozenset({"adres"})
        for name, each in zip("AB", sources, strict=True):
            each.name = name
        found = consult(sources, NUMBER)
        assert set(found.facts) == {"bedrijfsnaam"}
        assert (found.outcome, found.error) == (DEELS, None)
        assert {"", str(error)} == {part for one in found.remarks for part in one}
        failed = sources[says.index(error)].name
        answers = {key: each["antwoord"] for key, each in found.answers.items()}
        assert answers.pop(failed) is None
        assert all(answers.values())


@pytest.mark.parametrize(
    ("errors", "outcome"),
    [
        ([DOWN], NhrOutcome.STORING),
        ([PermanentRemoteError("")], FOUT),
        ([ConfigurationError("")], NhrOutcome.STORING),
        # a temporary error is a reason to retry
        ([PermanentRemoteError(""), DOWN], NhrOutcome.STORING),
    ],
)
def test_nobody_answers(errors: list[RemoteError], outcome: NhrOutcome) -> None:
    names = ("bedrijfsnaam", "adres")
    sources = [source(one, name) for one, name in zip(errors, names, strict=False)]
    for name, each in zip("AB", sources, strict=False):
        each.name = name
    found = consult(sources, NUMBER)
    assert (found.outcome, found.error) == (outcome, errors[-1])
    # the value of a less trusted source isn't attributed to a more trusted one
    assert consult([source(errors[0], *ALL), source(NAAM, *ALL)], NUMBER).facts == {}


def test_nobody_may_be_asked() -> None:
    with pytest.raises(NotNow, match="Op"):
        consult([source(NotNow("Op."), *ALL)], NUMBER)


def test_only_the_source_that_failed_is_asked_again() -> None:
    first, second = source(NAAM, "bedrijfsnaam"), source(DOWN, "telefoonnummer")
    first.name, second.name = "A", "B"
    found = consult([first, second], NUMBER)
    before = timezone.now()
    assert before < found.due_at < before + timedelta(hours=2)

    second.says = Answer(values=TELEFOON)
    known = kept_answers([found.answers], timezone.now(), forced=False)
    found = consult([first, second], NUMBER, known)
    assert (len(first.asked), len(second.asked)) == (1, 2)
    assert set(found.facts) == {"bedrijfsnaam", "telefoonnummer"}
    assert found.outcome == ACTUEEL

    # each failure doubles the pause, up to a day
    second.says = DOWN
    stored, waits = {}, []
    for _ in range(8):
        known = kept_answers([stored], timezone.now(), forced=False)
        found = consult([first, second], NUMBER, known)
        stored = {**found.answers}
        waits.append((found.due_at - timezone.now()) / timedelta(hours=1))
    assert all(0.9 * 2**n <= wait <= 2**n for n, wait in enumerate(waits[:4]))
    assert 21 < waits[-1] <= 24
    assert len(first.asked) == 2


def test_who_is_new_is_asked_for() -> None:
    """An answer is fresh if it is stored with all klanten with the number."""
    found = consult([source(NAAM, *ALL)], NUMBER)
    now = timezone.now()
    assert kept_answers([found.answers, found.answers], now, forced=False)
    assert not kept_answers([found.answers, {}], now, forced=False)
    known = kept_answers([found.answers], now, forced=True)
    assert [one.answer for one in known.values()] == [None]


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
        ([source(NAAM, *ALL), source(DOWN, *ALL)], [("", "Te druk.")]),
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
    for sources in ([source(NAAM, *ALL)], [OPEN, source(SHIELDED, *ALL)]):
        assert consult(sources, NUMBER).adres_shielded is False


@pytest.mark.parametrize(
    ("interval", "outcome", "days"),
    [
        # a day before the end of the interval, or up to a twentieth of it
        (30, ACTUEEL, 29),
        (10, ACTUEEL, 9.5),
        (30, UITGESCHREVEN, 89),
        (30, FOUT, 89),
        # at least once a year, unless a longer interval is configured
        (180, UITGESCHREVEN, 364),
        (500, UITGESCHREVEN, 499),
        # of a number that isn't registered yet
        (30, ONBEKEND, 2),
    ],
)
def test_when_to_ask_again(
    settings: Any, interval: float, outcome: NhrOutcome, days: float
) -> None:
    settings.KLANTEN_NHR_INTERVAL_DAYS = interval
    longest = timedelta(days=days)
    before = timezone.now()
    times = [next_time(outcome) for _klant in range(100)]
    assert before + longest * (1 - timing.JITTER) <= min(times)
    assert max(times) <= timezone.now() + longest
    # spread over the allowed part, not just next to each other
    assert max(times) - min(times) > longest * timing.JITTER / 2


def test_an_unknown_number_is_asked_for_less_and_less(settings: Any) -> None:
    settings.KLANTEN_NHR_INTERVAL_DAYS = 30
    now = timezone.now()
    for times, days in enumerate((2, 4, 8, 16, 32, 64, 89, 89)):
        wait = (next_time(ONBEKEND, times) - now) / timedelta(days=1)
        assert days * (1 - timing.JITTER) <= wait < days + 0.01


@pytest.mark.parametrize(
    ("website_days", "expected"), [(90, 90), (365, 365), (1000, 365)]
)
def test_with_signals_names_and_addresses_wait_a_year(
    kvk: Peer, settings: Any, website_days: float, expected: float
) -> None:
    settings.KLANTEN_NHR_INTERVAL_DAYS = 180
    settings.KLANTEN_NHR_UNSIGNALLED_INTERVAL_DAYS = website_days
    assert timing.interval_days() == 180
    KlantenConfig.objects.update(nhr_mutatieservice=Service.objects.first())
    assert timing.interval_days() == expected
