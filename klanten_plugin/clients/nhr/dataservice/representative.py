"""The representative of a company: its owner, or a functionaris.

The register has no contact persons (``docs/nhr.md``). Nothing is taken over if several
functionarissen may each act alone, or none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from lxml.etree import _Element as Element

from ..profiles import has_passed
from .contact import Remark
from .elements import code_at, every, is_ended, kind_of, one, text_at
from .products import owner_of

FIELDS = ("voornaam", "voorvoegsel_achternaam", "achternaam", "functie")
"""Fields of a klant that come from a representative, all or none of them."""

OWNER = "Eigenaar"
NATURAL_PERSON = "natuurlijkPersoon"

ACTING = ("bestuursfunctie", "aansprakelijke", "publiekrechtelijkeFunctionaris")
"""Kinds of functionaris whose authority is in ``bevoegdheid``."""

ALONE = {"azb", "ob"}
"""Codes: alleen/zelfstandig bevoegd (bestuurder), onbeperkt bevoegd (vennoot, maat)."""

ALONE_IN_WORDS = ("alleen", "onbeperkt")
"""Prefixes of the descriptions of other codes with the same meaning."""

FULL = "volledige"
"""Prefix of the description of an unlimited volmacht."""

SEVERAL = gettext_lazy(
    "Het register heeft {count} functionarissen die alleen mogen handelen."
)
NOBODY = gettext_lazy("Het register heeft geen functionaris die alleen mag handelen.")
NO_PERSON = gettext_lazy(
    "De enige functionaris die alleen mag handelen, is geen natuurlijk persoon."
)
UNDER_A_MEASURE = gettext_lazy(
    "Er is een functionaris vanwege een bijzondere rechtstoestand."
)
DECEASED = gettext_lazy("De eigenaar is volgens het register overleden.")
WITHOUT_NAME = gettext_lazy(
    "Het register geeft geen achternaam van de vertegenwoordiger."
)


def read_representative(
    activiteit: Element, vestigingsnummer: str = ""
) -> tuple[dict[str, Any], list[Remark]]:
    """Return the fields of the representative, or a remark with the reason for none.

    ``activiteit`` is a maatschappelijkeActiviteit with its owner. A volmacht for other
    establishments than ``vestigingsnummer`` is ignored.
    """
    eigenaar = owner_of(activiteit)
    if any(
        not is_ended(each)
        for each in every(eigenaar, "heeft/functionarisBijzondereRechtstoestand")
    ):
        return _nobody(UNDER_A_MEASURE)
    if eigenaar is not None and kind_of(eigenaar) == NATURAL_PERSON:
        return _of_owner(eigenaar)
    able = list(_may_act_alone(eigenaar, vestigingsnummer))
    if len(able) != 1:
        return _nobody(SEVERAL.format(count=len(able)) if able else NOBODY)
    return _of_functionaris(able[0])


def _of_owner(eigenaar: Element) -> tuple[dict[str, Any], list[Remark]]:
    if text_at(eigenaar, "overlijdensdatum"):
        return _nobody(DECEASED)
    return _person(eigenaar, OWNER)


def _of_functionaris(functie: Element) -> tuple[dict[str, Any], list[Remark]]:
    person = one(functie, f"door/{NATURAL_PERSON}")
    if person is None:
        return _nobody(NO_PERSON)
    title = text_at(functie, "functietitel/titel")
    return _person(person, title or text_at(functie, "functie/omschrijving"))


def _person(person: Element, functie: str) -> tuple[dict[str, Any], list[Remark]]:
    achternaam = text_at(person, "geslachtsnaam")
    if not achternaam:
        return _nobody(WITHOUT_NAME)
    found = {
        "voornaam": text_at(person, "voornamen"),
        "voorvoegsel_achternaam": text_at(person, "voorvoegselGeslachtsnaam"),
        "achternaam": achternaam,
        "functie": functie,
    }
    return {name: value for name, value in found.items() if value}, []


def _nobody(reason: str | Promise) -> tuple[dict[str, Any], list[Remark]]:
    return {}, [("achternaam", str(reason))]


def _may_act_alone(
    eigenaar: Element | None, vestigingsnummer: str
) -> Iterator[Element]:
    for kind in ACTING:
        for functie in every(eigenaar, f"heeft/{kind}"):
            if _is_active(functie) and _is_alone(functie):
                yield functie
    for functie in every(eigenaar, "heeft/gemachtigde"):
        if _is_active(functie) and _has_full_power(functie, vestigingsnummer):
            yield functie


def _is_active(functie: Element) -> bool:
    return not (
        is_ended(functie)
        or one(functie, "schorsing") is not None
        or has_passed(text_at(functie, f"door/{NATURAL_PERSON}/overlijdensdatum"))
    )


def _is_alone(functie: Element) -> bool:
    meaning = text_at(functie, "bevoegdheid/soort/omschrijving").lower()
    code = code_at(functie, "bevoegdheid/soort").lower()
    return code in ALONE or meaning.startswith(ALONE_IN_WORDS)


def _has_full_power(functie: Element, vestigingsnummer: str) -> bool:
    meaning = text_at(functie, "volmacht/typeVolmacht/omschrijving").lower()
    places = one(functie, "volmacht/heeftBetrekkingOp")
    if places is None:
        return meaning.startswith(FULL)
    numbers = {text_at(place, "vestigingsnummer") for place in places}
    return meaning.startswith(FULL) and vestigingsnummer in numbers
