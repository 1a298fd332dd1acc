"""Look-ups for the search in the admin. Each is a range scan of one index.

The indexes are those of ``models/triggers.py`` and of the API's filters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.models import (
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Coalesce, Collate, Concat, Upper

from ...models import (
    Klant,
    KlantAdres,
    NatuurlijkPersoon,
    NhrState,
    NietNatuurlijkPersoon,
    VerblijfsAdres,
    Vestiging,
)
from ...models.triggers import FOLDED, TRADE_NAMES
from .terms import Address, Term

HIGHEST = chr(0x10FFFF)
"""The last character in the collation of the indexes."""

LIMIT = 2000
"""Maximum number of klanten that one look-up finds."""

PHONE_DIGITS = 9
"""Digits of a Dutch telephone number without +31, 0031 or 0."""

MIN_PHONE_DIGITS = 6

Lookup = tuple[QuerySet[Any, Any], Any]
"""The rows of a look-up, and the path or the expression from a row to the primary key of
its klant."""

Numbers = tuple[tuple[type[models.Model], str, str], ...]
"""Fields with numbers: the model, its path to the klant, the field."""


class Folded(Func):
    """A text without case and accents, as in the indexes."""

    template = FOLDED.format(value="%(expressions)s")
    output_field = TextField()


class _PhoneKey(Func):
    """The last nine digits of a telephone number, as in its index."""

    template = "right(regexp_replace(%(expressions)s, '[^0-9]', '', 'g'), 9)"
    output_field = TextField()


class TradeName(Func):
    """One of the trade names; the first is number 1."""

    template = "(%(expressions)s)[%(number)s]"
    output_field = TextField()


HANDELSNAMEN = tuple(TradeName("handelsnaam", number=each) for each in TRADE_NAMES)

Names = tuple[tuple[type[models.Model], str, Any], ...]
"""Fields with names: the model, its path to the klant, the name."""

COMPANIES: Names = (
    (Klant, "pk", F("bedrijfsnaam")),
    (NietNatuurlijkPersoon, "klant_id", F("statutaire_naam")),
    *((Vestiging, "klant_id", name) for name in HANDELSNAMEN),
)
"""Names of organisations, which can begin with a number."""

NAMES: Names = (
    (Klant, "pk", F("achternaam")),
    (Klant, "pk", F("voornaam")),
    (NatuurlijkPersoon, "klant_id", F("geslachtsnaam")),
    (NatuurlijkPersoon, "klant_id", F("voornamen")),
    *COMPANIES,
)

FULL_NAMES: tuple[tuple[type[models.Model], str, str, tuple[str, str]], ...] = (
    (Klant, "pk", "achternaam", ("voornaam", "voorvoegsel_achternaam")),
    (
        NatuurlijkPersoon,
        "klant_id",
        "geslachtsnaam",
        ("voornamen", "voorvoegsel_geslachtsnaam"),
    ),
)
"""Full names: the model, its path to the klant, the surname, the preceding fields."""

OWNERS: dict[str, type[models.Model]] = {
    "natuurlijk_persoon": NatuurlijkPersoon,
    "vestiging": Vestiging,
}
"""The owners of a verblijfsadres, by field."""

# Subqueries, which are only evaluated for the rows within the limit: with joins, the
# planner may read all addresses. One look-up for all owners: one for each would read
# past all addresses of the others at a street where very many live.
KLANT_OF_OWNER = Coalesce(
    *(
        Subquery(model._default_manager.filter(pk=OuterRef(way)).values("klant_id"))
        for way, model in OWNERS.items()
    )
)

STREETS: tuple[tuple[type[models.Model], Any, str, str], ...] = (
    (KlantAdres, "klant_id", "straatnaam", "huisnummer"),
    (
        VerblijfsAdres,
        KLANT_OF_OWNER,
        "gor_openbare_ruimte_naam",
        "aoa_huisnummer",
    ),
)
"""Fields with streets: the model, its path to the klant, street and house number."""

POSTCODES: tuple[tuple[type[models.Model], Any, str, str], ...] = (
    (KlantAdres, "klant_id", "postcode", "huisnummer"),
    (VerblijfsAdres, KLANT_OF_OWNER, "aoa_postcode", "aoa_huisnummer"),
)
"""The same for postcodes."""

BSN: Numbers = ((NatuurlijkPersoon, "klant_id", "inp_bsn"),)
"""The field with BSNs, only searched for users with the permission to see them."""

NUMBERS: Numbers = (
    (Klant, "pk", "klantnummer"),
    (NatuurlijkPersoon, "klant_id", "inp_a_nummer"),
    (NietNatuurlijkPersoon, "klant_id", "inn_nnp_id"),
    (Vestiging, "klant_id", "vestigings_nummer"),
    (NhrState, "klant_id", "kvk_nummer"),
)
"""Fields with other numbers."""


def lookups(term: Term, numbers: Numbers) -> Iterator[Lookup]:
    """Yield the look-ups for a term, without a limit."""
    if term.uuid:
        yield Klant.objects.filter(uuid=term.uuid), "pk"
        return
    if "@" in term.text:
        yield _by_email(term.text)
        return
    if term.rest == "":
        yield from facets(term)
    if term.digits:
        yield from _by_number(term, numbers)
        return
    # klantnummers and foreign numbers can contain letters
    yield _equal(Klant, "pk", "klantnummer", [term.text])
    yield _equal(Vestiging, "klant_id", "vestigings_nummer", [term.text])
    yield from _by_name(term)


def facets(term: Term) -> Iterator[Lookup]:
    """Yield the look-ups for the postcode or date of birth in a term."""
    if term.postcode:
        for model, klant, postcode, number in POSTCODES:
            rows = model._default_manager.filter(
                **{f"{postcode}__in": term.postcode.spellings}
            )
            yield _at(rows.exclude(**{postcode: ""}), number, term.postcode), klant
    if term.birthdays:
        people = NatuurlijkPersoon.objects.filter(geboortedatum__gt="")
        yield people.filter(geboortedatum__in=term.birthdays), "klant_id"


def _by_name(term: Term) -> Iterator[Lookup]:
    for model, klant, name in NAMES:
        yield _named(model, name, term.text), klant
    for surname, before in term.full_names:
        for model, klant, last, firsts in FULL_NAMES:
            for first in firsts:
                rows = _named(model, F(last), surname)
                rows = _range(rows, "before", Folded(first), Folded(Value(before)))
                yield rows, klant
    if street := term.street:
        for model, klant, name, number in STREETS:
            rows = _named(model, F(name), street.name, whole=street.number is None)
            yield _at(rows, number, street), klant


def _at(rows: QuerySet[Any], number: str, address: Address) -> QuerySet[Any]:
    if address.number is None:
        return rows
    there: QuerySet[Any] = rows.filter(**{number: address.number})
    return there


def _by_number(term: Term, numbers: Numbers) -> Iterator[Lookup]:
    for model, klant, field in numbers:
        yield _equal(model, klant, field, [term.text, term.digits])
    if len(term.digits) >= MIN_PHONE_DIGITS:
        yield klanten_with_phone(term.digits), "pk"
    # for names such as "1001 Nachten BV"
    for model, klant, name in COMPANIES:
        yield _named(model, name, term.text), klant


def klanten_with_phone(number: str) -> QuerySet[Klant]:
    """Return the klanten with a telephone number in any spelling."""
    digits = re.sub(r"\D", "", number)
    if len(digits) < MIN_PHONE_DIGITS:
        return Klant.objects.none()
    phones = Klant.objects.filter(telefoonnummer__gt="")
    phones = phones.alias(key=_PhoneKey("telefoonnummer"))
    same: QuerySet[Klant] = phones.filter(key=digits[-PHONE_DIGITS:])
    return same


def klanten_with_email(address: str) -> QuerySet[Klant]:
    """Return the klanten with an e-mail address, regardless of case."""
    klanten = Klant.objects.alias(key=Collate(Upper("emailadres"), "C"))
    same: QuerySet[Klant] = klanten.filter(key=Upper(Value(address)))
    return same


def _by_email(text: str) -> Lookup:
    rows = Klant.objects.filter(emailadres__gt="")
    return _range(rows, "key", Upper("emailadres"), Upper(Value(text))), "pk"


def _equal(
    model: type[models.Model], klant: str, field: str, values: list[str]
) -> Lookup:
    values = list(dict.fromkeys(values))
    # explicit, because the index on KVK numbers is partial
    rows = model._default_manager.exclude(**{field: ""})
    return rows.filter(**{f"{field}__in": values}), klant


def _named(
    model: type[models.Model], name: Any, text: str, *, whole: bool = False
) -> QuerySet[Any]:
    """Return rows whose name starts with or equals ``text``, in index order."""
    # explicit, because the indexes are partial
    rows = model._default_manager.alias(name=name).filter(name__gt="")
    if whole:
        rows = rows.alias(key=Collate(Folded(name), "C"))
        same: QuerySet[Any] = rows.filter(key=Folded(Value(text)))
        return same
    return _range(rows, "key", Folded(name), Folded(Value(text))).order_by("key")


def _range(rows: QuerySet[Any], key: str, name: Any, start: Any) -> QuerySet[Any]:
    """Return rows whose ``name`` starts with ``start``.

    Uses a range in the collation "C": a LIKE would depend on the collation of the
    database, and on the planner's row estimate.
    """
    ends = Q(**{f"{key}__gte": start, f"{key}__lte": Concat(start, Value(HIGHEST))})
    found: QuerySet[Any] = rows.alias(**{key: Collate(name, "C")}).filter(ends)
    return found
