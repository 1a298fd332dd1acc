"""Which klanten does a person mean with what was typed? Always by an index.

What was typed is looked up where it can stand: a number as every number that a klant
has, a text as the beginning of its names. Each look-up is one range of one index and
ends after :data:`LIMIT` rows, so the cost doesn't grow with the number of klanten.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Collate, Concat, Upper

from ...models import (
    Klant,
    NatuurlijkPersoon,
    NhrState,
    NietNatuurlijkPersoon,
    Vestiging,
)
from ...models.validators import ELFPROEF_LENGTH

LIMIT = 2000
"""Klanten that one look-up finds at most."""

TERM_LENGTH = 200
"""Of a longer text only the beginning is looked for."""

HIGHEST = chr(0x10FFFF)
"""In the collation of the indexes no character comes behind it."""

SEPARATORS = re.compile(r"[\s().+/-]+")
PHONE_DIGITS = 9
"""What is left of a Dutch telephone number without +31, 0031 or 0."""

MIN_PHONE_DIGITS = 6

Lookup = tuple[QuerySet[Any, Any], str]
"""The rows of a look-up, and the way from one to the primary key of its klant."""


@dataclass(frozen=True)
class Hits:
    """Klanten that a search found: their primary keys, in order.

    ``is_cut`` tells that a look-up had more than :data:`LIMIT` hits, so that there are
    klanten that are not among these.
    """

    pks: list[int]
    is_cut: bool = False


class _PhoneKey(Func):
    """The last nine digits of a telephone number, as its index has them."""

    template = "right(regexp_replace(%(expressions)s, '[^0-9]', '', 'g'), 9)"
    output_field = TextField()


class _First(Func):
    """The first element of an array."""

    template = "(%(expressions)s)[1]"
    output_field = TextField()


NAMES: tuple[tuple[type[models.Model], str, Any], ...] = (
    (Klant, "pk", F("achternaam")),
    (Klant, "pk", F("bedrijfsnaam")),
    (NatuurlijkPersoon, "klant_id", F("geslachtsnaam")),
    (NietNatuurlijkPersoon, "klant_id", F("statutaire_naam")),
    (Vestiging, "klant_id", _First("handelsnaam")),
)
"""Where names are: the model, its way to the klant, the name."""

Numbers = tuple[tuple[type[models.Model], str, str], ...]

BSN: Numbers = ((NatuurlijkPersoon, "klant_id", "inp_bsn"),)
"""Where BSNs are: only looked in for those who may see one."""

NUMBERS: Numbers = (
    (Klant, "pk", "klantnummer"),
    (NatuurlijkPersoon, "klant_id", "inp_a_nummer"),
    (NietNatuurlijkPersoon, "klant_id", "inn_nnp_id"),
    (Vestiging, "klant_id", "vestigings_nummer"),
    (NhrState, "klant_id", "kvk_nummer"),
)
"""Where other numbers are: the model, its way to the klant, the field."""


def search_klanten(term: str, numbers: Numbers = NUMBERS) -> Hits:
    """Find the klanten that ``term`` may mean; one query.

    ``numbers`` says in which fields a number is looked up.
    """
    term = _normalised(term)
    if not term:
        return Hits([])
    first, *others = (
        found.values_list(klant, Value(number))[: LIMIT + 1]
        for number, (found, klant) in enumerate(lookups(term, numbers))
    )
    rows = list(first.union(*others, all=True) if others else first)
    most = max(Counter(number for _pk, number in rows).values(), default=0)
    return Hits(sorted({pk for pk, _number in rows}), is_cut=most > LIMIT)


def klanten_with_bsn(term: str) -> list[Klant]:
    """The klanten that a search among BSNs finds; one query, or none without digits."""
    digits = _digits(term)
    if not digits:
        return []
    values = [_normalised(term), digits]
    found = Klant.objects.filter(subject_natuurlijk_persoon__inp_bsn__in=values)
    return list(found.order_by("pk")[:LIMIT])


def could_be_bsn(term: str) -> bool:
    """Whether what was typed has as many digits as a BSN, and nothing else."""
    return len(_digits(term)) == ELFPROEF_LENGTH


def _digits(term: str) -> str:
    """The digits of what was typed without separators; "" if there is anything else."""
    digits = SEPARATORS.sub("", _normalised(term))
    return digits if digits.isascii() and digits.isdigit() else ""


def _normalised(term: str) -> str:
    return " ".join(term.replace("\0", " ").split())[:TERM_LENGTH]


def lookups(term: str, numbers: Numbers = NUMBERS) -> Iterator[Lookup]:
    """Yield the look-ups of a term, each along one index, without a limit."""
    if uuid := _as_uuid(term):
        yield Klant.objects.filter(uuid=uuid), "pk"
        return
    if "@" in term:
        yield _starting_with(Klant, "pk", F("emailadres"), term)
        return
    if digits := _digits(term):
        yield from _by_number(term, digits, numbers)
        return
    # klantnummers and foreign numbers may have letters
    yield _equal(Klant, "pk", "klantnummer", [term])
    yield _equal(Vestiging, "klant_id", "vestigings_nummer", [term])
    for model, klant, name in NAMES:
        yield _starting_with(model, klant, name, term)
    yield from _by_full_name(term)


def _by_number(term: str, digits: str, numbers: Numbers) -> Iterator[Lookup]:
    for model, klant, field in numbers:
        yield _equal(model, klant, field, [term, digits])
    if len(digits) >= MIN_PHONE_DIGITS:
        yield klanten_with_phone(digits), "pk"
    # such as "1001 Nachten BV", of which the number was typed first
    for model, klant, name in NAMES[1:]:
        yield _starting_with(model, klant, name, term)


def klanten_with_phone(number: str) -> QuerySet[Klant]:
    """The klanten with a telephone number, however it is written."""
    digits = re.sub(r"\D", "", number)
    if len(digits) < MIN_PHONE_DIGITS:
        return Klant.objects.none()
    phones = Klant.objects.filter(telefoonnummer__gt="")
    phones = phones.alias(key=_PhoneKey("telefoonnummer"))
    return phones.filter(key=digits[-PHONE_DIGITS:])


def _by_full_name(term: str) -> Iterator[Lookup]:
    """Voornaam or voorvoegsel first, then the achternaam."""
    first, _space, rest = term.partition(" ")
    if not rest:
        return
    start = Q(voornaam__istartswith=first) | Q(
        voorvoegsel_achternaam__istartswith=first
    )
    for achternaam in dict.fromkeys((rest, rest.rpartition(" ")[2])):
        found = _named(Klant, F("achternaam"), achternaam)
        yield found.filter(start), "pk"


def _equal(
    model: type[models.Model], klant: str, field: str, values: list[str]
) -> Lookup:
    values = list(dict.fromkeys(values))
    # said, because the index of KVK numbers leaves out what has none
    rows = model._default_manager.exclude(**{field: ""})
    return rows.filter(**{f"{field}__in": values}), klant


def _starting_with(
    model: type[models.Model], klant: str, name: Any, term: str
) -> Lookup:
    return _named(model, name, term), klant


def _named(model: type[models.Model], name: Any, term: str) -> QuerySet[Any]:
    """Whose name starts with ``term``, in the order of the index, whatever the case.

    As a range in the collation "C": a LIKE would depend on the collation of the
    database, and on the planner's guess of how many rows it finds.
    """
    start = Upper(Value(term))
    end = Concat(Upper(Value(term)), Value(HIGHEST))
    rows = model._default_manager.alias(key=Collate(Upper(name), "C"))
    return rows.filter(key__gte=start, key__lte=end).order_by("key")


def _as_uuid(term: str) -> UUID | None:
    try:
        return UUID(term)
    except ValueError:
        return None
