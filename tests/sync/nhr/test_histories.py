"""Random histories of klanten, against an oracle made of the table in docs/nhr.md.

The oracle knows no code of ours: it has the rows of "What the register no longer says"
and of "How overriding works". Numbers change, two sources answer, fail or refuse, values
are overridden, emptied and handed back, and consumers write while a source answers.
``KLANTEN_HISTORIES=1000`` runs as many; an ordinary run does a few.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from klanten_plugin.clients.nhr.protocol import NOTHING, Answer
from klanten_plugin.constants import NhrSoort
from klanten_plugin.domain.klanten.write import create_klant, update_klant
from klanten_plugin.domain.nhr.provenance import hand_back
from klanten_plugin.exceptions import (
    PermanentRemoteError,
    RemoteError,
    TemporaryRemoteError,
)
from klanten_plugin.models import Klant, KlantenConfig, NhrBron
from klanten_plugin.models.nhr import NhrNummer
from klanten_plugin.sync.nhr.gate import resume
from klanten_plugin.sync.nhr.refresh import refresh

HISTORIES = int(os.environ.get("KLANTEN_HISTORIES", "25"))
STEPS = 14
FIELDS = ("bedrijfsnaam", "telefoonnummer", "functie")
NUMBERS = ("000000000001", "000000000002", "000000000003", "")
LETTERS = "abc"

ENDED, UNKNOWN, DOWN, REFUSES = "ended", "unknown", "down", "refuses"
TROUBLE = (ENDED, UNKNOWN, DOWN, REFUSES)
Says = str | dict[str, str]
"""What a source says of a number: values, or one of the words above."""


class Stub:
    """A source that says what the history has it say."""

    soorten = frozenset(NhrSoort)
    says: ClassVar[dict[str, Says]] = {}
    meanwhile: ClassVar[Callable[[], None] | None] = None
    name: str

    def __init__(self, service: Any) -> None: ...

    def look_up(self, number: NhrNummer) -> Answer:
        meanwhile, Stub.meanwhile = Stub.meanwhile, None
        if meanwhile:
            meanwhile()
        says = self.says[self.name]
        if says == DOWN:
            raise TemporaryRemoteError("Nu niet.")
        if says == REFUSES:
            raise PermanentRemoteError("Nooit.")
        if isinstance(says, str):
            return NOTHING if says == UNKNOWN else Answer(closed=True)
        return Answer(values=says)


class First(Stub):
    name = "A"
    fields = frozenset({"bedrijfsnaam", "telefoonnummer"})


class Second(Stub):
    name = "B"
    fields = frozenset({"telefoonnummer", "functie"})


SOURCES = (First, Second)


@dataclass
class Value:
    """A field in the oracle: whose it is, and what the register gave last."""

    text: str = ""
    owner: str = ""
    """"consumer", "handed back", the name of a source, or "" where it is empty."""
    former: bool = False
    given: tuple[str, str] | None = None


@dataclass
class Oracle:
    """The klant as the documentation has it."""

    number: str
    values: dict[str, Value] = field(
        default_factory=lambda: {name: Value() for name in FIELDS}
    )

    def write(self, name: str, text: str) -> None:
        value = self.values[name]
        if text == value.text:
            return
        owner = "consumer" if text else ""
        if not value.text and value.given and value.given[0] == text:
            owner = value.given[1]  # sent back what the register gave
        if value.former and not text:
            value.given = None
        value.text, value.owner, value.former = text, owner, False

    def hand_back(self, name: str) -> None:
        value = self.values[name]
        if value.owner == "consumer" and self.number:
            value.owner, value.given = "handed back", (value.text, "handed back")

    def renumber(self, number: str) -> None:
        if number == self.number:
            return
        self.number = number
        for value in self.values.values():
            if value.owner in ("A", "B"):
                value.former = True
            elif value.owner != "handed back":
                value.given = None
            if value.former and not number:
                self._empty(value)

    def refresh(self, said: dict[str, Says]) -> None:
        first, second = said["A"], said["B"]
        if first == ENDED:
            second = UNKNOWN  # isn't asked
        answers = {"A": first, "B": second}
        failed = {name for name, says in answers.items() if says in (DOWN, REFUSES)}
        if failed == {"A", "B"} and DOWN in (first, second):
            return
        is_over = ENDED in (first, second)
        heard = {name for name, says in answers.items() if isinstance(says, dict)}
        for name, value in self.values.items():
            if value.owner == "consumer":
                continue
            fact = None if is_over else self._fact(name, answers)
            if fact:
                self._give(value, *fact)
            elif value.former:
                self._empty(value)
            elif value.owner in heard and not is_over and not _kept(name, failed):
                self._empty(value)
                value.given = ("", "")

    def _give(self, value: Value, text: str, source: str) -> None:
        is_same = value.text == text
        value.former = False
        if is_same:
            return
        value.text, value.owner, value.given = text, source, (text, source)

    def _fact(self, name: str, answers: dict[str, Says]) -> tuple[str, str] | None:
        for source in SOURCES:
            says = answers[source.name]
            if name not in source.fields:
                continue
            if says in (DOWN, REFUSES):
                return None
            if isinstance(says, dict) and says.get(name):
                return says[name], source.name
        return None

    @staticmethod
    def _empty(value: Value) -> None:
        value.text, value.owner, value.former, value.given = "", "", False, None


def _kept(name: str, failed: set[str]) -> bool:
    """Whether a source that failed may still have the field."""
    return any(name in one.fields for one in SOURCES if one.name in failed)


@dataclass
class History:
    """A klant and its oracle, living through the same."""

    rng: random.Random
    klant: Klant
    oracle: Oracle
    log: list[Any] = field(default_factory=list)

    def step(self) -> None:
        kind = self.rng.choice(
            ("write", "write", "empty", "hand back", "renumber", *["refresh"] * 5)
        )
        self.log.append(kind)
        if kind == "refresh":
            self._refresh()
        elif kind == "renumber":
            self._renumber()
        elif kind == "hand back":
            name = self.rng.choice(FIELDS)
            hand_back(self.klant, name)
            self.oracle.hand_back(name)
        else:
            self._write("" if kind == "empty" else self.rng.choice(LETTERS))

    def _write(self, text: str) -> None:
        name = self.rng.choice(FIELDS)
        self.log.append((name, text))
        update_klant(self.klant, {name: text})
        self.oracle.write(name, text)

    def _renumber(self) -> None:
        number = self.rng.choice(NUMBERS)
        self.log.append(number)
        group = {"vestigings_nummer": number}
        update_klant(self.klant, {"subject_identificatie": group})
        self.oracle.renumber(number)

    def _refresh(self) -> None:
        number = self.oracle.number
        Stub.says = {one.name: self._says(one, number) for one in SOURCES}
        self.log.append(dict(Stub.says))
        if not number:
            return
        if self.rng.random() < 0.2:
            Stub.meanwhile = self.rng.choice(
                (self._renumber, lambda: self._write(self.rng.choice(LETTERS)))
            )
        resume()
        with suppress(RemoteError):
            refresh(NhrNummer(NhrSoort.VESTIGING, number))
        Stub.meanwhile = None
        if self.oracle.number == number:
            self.oracle.refresh(Stub.says)

    def _says(self, source: type[Stub], number: str) -> Says:
        if self.rng.random() < 0.35:
            return self.rng.choice(TROUBLE)
        # each number is a company of its own: its values are nobody else's
        return {
            name: f"{number[-1:]}{self.rng.choice(LETTERS)}"
            for name in sorted(source.fields)
            if self.rng.random() < 0.8
        }

    def check(self) -> None:
        self.klant.refresh_from_db()
        found = {name: getattr(self.klant, name) for name in FIELDS}
        expected = {name: value.text for name, value in self.oracle.values.items()}
        assert found == expected, self.log
        for name, value in self.oracle.values.items():
            if value.owner in ("A", "B") and not value.former:
                assert found[name][0] == self.oracle.number[-1], self.log


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_a_history_ends_as_the_documentation_says(db: None, seed: int) -> None:
    config = KlantenConfig.get_solo()
    for position, source in enumerate(SOURCES):
        path = f"{__name__}.{source.__name__}"
        NhrBron.objects.create(
            config=config, position=position, soort="eigen", class_path=path
        )
    klant = create_klant(
        {
            "bronorganisatie": "123456782",
            "subject_type": "vestiging",
            "subject_identificatie": {"vestigings_nummer": NUMBERS[0]},
        }
    )
    history = History(random.Random(seed), klant, Oracle(NUMBERS[0]))  # noqa: S311
    for _step in range(STEPS):
        history.step()
        history.check()
