"""Random histories of klanten, compared to an oracle of the table in docs/nhr.md.

Numbers change; three sources answer, fail, refuse, shield an address or provide invalid
values; values are overridden, emptied and handed back; and consumers write, and other
refreshes end, while a source is responding. Each history has random settings.
``KLANTEN_HISTORIES=1000`` sets their number; by default a few run.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
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
from klanten_plugin.models import Klant, KlantenConfig, NhrBron, NhrState
from klanten_plugin.models.nhr import NhrNummer
from klanten_plugin.sync.nhr.gate import resume
from klanten_plugin.sync.nhr.refresh import refresh
from tests.sync.nhr.oracle import (
    DOWN,
    FIELDS,
    REFUSES,
    TOO_LONG,
    TROUBLE,
    UNKNOWN,
    Choices,
    Oracle,
    Says,
    SourceRules,
    Values,
)

HISTORIES = int(os.environ.get("KLANTEN_HISTORIES", "15"))
STEPS = 14
NUMBERS = ("000000000001", "000000000002", "000000000003", "")
LETTERS = "abc"
UNFIT = "x" * (TOO_LONG + 1)


class Stub:
    """A source with the answers of the history."""

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
        values = {name: sent(name, text) for name, text in says.of.items()}
        return Answer(values=values, adres_shielded=says.shields)


class First(Stub):
    name = "A"
    fields = frozenset({"bedrijfsnaam", "telefoonnummer", "adres"})
    tells_shielding = True


class Second(Stub):
    name = "B"
    fields = frozenset({"telefoonnummer", "functie", "adres"})


class Third(Stub):
    name = "C"
    fields = frozenset({"functie", "adres"})
    tells_shielding = True


SOURCES = (First, Second, Third)


def sent(name: str, text: str) -> Any:
    """Return the value of a field in the format of a source or a consumer."""
    if name != "adres":
        return text
    return {"straatnaam": text, "huisnummer": 1} if text else None


def shown(klant: Klant, name: str) -> str:
    """Return the text that represents the value of a field."""
    if name != "adres":
        return str(getattr(klant, name))
    adres = getattr(klant, "adres", None)
    return adres.straatnaam if adres else ""


@dataclass
class History:
    """A klant and its oracle, with the same history."""

    rng: random.Random
    klant: Klant
    oracle: Oracle
    log: list[Any] = field(default_factory=list)

    def step(self) -> None:
        kinds = (self._write, self._empty, self._hand_back, self._renumber)
        self.rng.choice((self._write, *kinds, *[self._refresh] * 5))()

    def _write(self) -> None:
        self._set(self.rng.choice(LETTERS))

    def _empty(self) -> None:
        self._set("")

    def _set(self, text: str) -> None:
        name = self.rng.choice(FIELDS)
        self.log.append((name, text))
        update_klant(self.klant, {name: sent(name, text)})
        self.oracle.write(name, text)

    def _hand_back(self) -> None:
        name = self.rng.choice(FIELDS)
        self.log.append(("hand back", name))
        hand_back(Klant.objects.get(pk=self.klant.pk), name)
        self.oracle.hand_back(name)

    def _renumber(self) -> None:
        number = self.rng.choice(NUMBERS)
        self.log.append(number)
        group = {"vestigings_nummer": number}
        update_klant(self.klant, {"subject_identificatie": group})
        self.oracle.renumber(number)

    def _refresh(self) -> None:
        number = self.oracle.number
        if not number:
            return
        said = {one.name: self._says(one, number) for one in SOURCES}
        self.log.append(said)
        if self.rng.random() < 0.25:
            others = (self._renumber, self._write, self._empty, self._hand_back)
            other = self.rng.choice((*others, self._refresh))
            Stub.meanwhile = lambda: self._do_meanwhile(other, said)
        Stub.says = said
        resume()
        with suppress(RemoteError):
            refresh(NhrNummer(NhrSoort.VESTIGING, number))
        Stub.meanwhile = None
        if self.oracle.number == number:
            self.oracle.refresh(said)

    def _do_meanwhile(self, other: Callable[[], None], said: dict[str, Says]) -> None:
        self.log.append("meanwhile:")
        other()
        Stub.says = said

    def _says(self, source: type[Stub], number: str) -> Says:
        if self.rng.random() < 0.3:
            return self.rng.choice(TROUBLE)
        # each number belongs to a different company, with unique values
        of = {
            name: number[-1:] + (UNFIT if self.rng.random() < 0.1 else self._letter())
            for name in sorted(source.fields)
            if self.rng.random() < 0.8
        }
        tells = getattr(source, "tells_shielding", False)
        shields = tells and self.rng.random() < 0.2
        if shields:
            of.pop("adres", None)
        return Values(of, shields)

    def _letter(self) -> str:
        return self.rng.choice(LETTERS)

    def told(self) -> str:
        return "\n".join(str(line).replace(UNFIT, "(too long)") for line in self.log)

    def check(self) -> None:
        klant = Klant.objects.select_related("adres").get(pk=self.klant.pk)
        found = {name: shown(klant, name) for name in FIELDS}
        values = self.oracle.values
        assert found == {name: value.text for name, value in values.items()}, (
            self.told()
        )
        provenance = NhrState.objects.get(klant=klant).provenance
        marked = {name for name, entry in provenance.items() if "tot" in entry}
        gone = {name for name, value in values.items() if value.gone}
        assert marked == gone, self.told()
        for name, value in values.items():
            if value.owner in "ABC" and value.owner and not value.former:
                assert found[name][0] == self.oracle.number[-1], self.told()


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_a_history_ends_as_the_documentation_says(
    db: None, settings: Any, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 - no secret
    choices = Choices(*(rng.random() < 0.5 for _name in range(3)))
    for name, value in asdict(choices).items():
        setattr(settings, f"KLANTEN_NHR_{name.upper()}", value)
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
    rules = [
        SourceRules(one.name, one.fields, getattr(one, "tells_shielding", False))
        for one in SOURCES
    ]
    history = History(rng, klant, Oracle(NUMBERS[0], choices, rules))
    for _step in range(STEPS):
        history.step()
        history.check()
