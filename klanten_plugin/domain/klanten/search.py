"""Search klanten by free text, always through an index.

A number is looked up in all fields with numbers, a text as the prefix of names, and so
on. Each look-up is a range scan of one index, limited to :data:`LIMIT` rows, so the
cost doesn't grow with the number of klanten. If the text has a postcode or a date of
birth and other words, the former is looked up first, and the words filter the result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Func, TextField, Value

from ...models import Klant
from ...models.validators import ELFPROEF_LENGTH
from .lookups import (
    LIMIT,
    NUMBERS,
    Folded,
    Lookup,
    Numbers,
    facets,
    lookups,
)
from .terms import only_digits, read_term, single_spaced, words


@dataclass(frozen=True)
class Hits:
    """The sorted primary keys of the klanten that a search found.

    ``is_cut`` is true if a look-up had more than :data:`LIMIT` hits, so that the result
    is incomplete.
    """

    pks: list[int]
    is_cut: bool = False


def search_klanten(text: str, numbers: Numbers = NUMBERS) -> Hits:
    """Find klanten by free text, in one query.

    A postcode or date of birth combined with words takes three queries. ``numbers`` are
    the fields to search for a number.
    """
    term = read_term(text)
    if not term.text:
        return Hits([])
    hits = _run(lookups(term, numbers))
    if not term.rest:
        return hits
    found = _run(facets(term))
    chosen = _with_words(found.pks, words(term.rest))
    return Hits(sorted({*hits.pks, *chosen}), is_cut=hits.is_cut or found.is_cut)


def _run(all_lookups: Iterable[Lookup]) -> Hits:
    """Execute the look-ups in one query."""
    first, *others = (
        found.values_list(klant, Value(number))[: LIMIT + 1]
        for number, (found, klant) in enumerate(all_lookups)
    )
    rows = list(first.union(*others, all=True) if others else first)
    most = max(Counter(number for _pk, number in rows).values(), default=0)
    return Hits(sorted({pk for pk, _number in rows}), is_cut=most > LIMIT)


PERSON, COMPANY, BRANCH = (
    "subject_natuurlijk_persoon",
    "subject_niet_natuurlijk_persoon",
    "subject_vestiging",
)
WHOLE_NAME = (
    "voornaam",
    "voorvoegsel_achternaam",
    "achternaam",
    "bedrijfsnaam",
    f"{PERSON}__voornamen",
    f"{PERSON}__voorvoegsel_geslachtsnaam",
    f"{PERSON}__geslachtsnaam",
    f"{COMPANY}__statutaire_naam",
)


def _with_words(pks: list[int], parts: list[str]) -> list[int]:
    """Return the klanten among ``pks`` whose names contain all of these words."""
    space = Value(" ")
    traded = Func(F(f"{BRANCH}__handelsnaam"), space, function="array_to_string")
    name = Func(
        space, *WHOLE_NAME, traded, function="concat_ws", output_field=TextField()
    )
    klanten = Klant.objects.filter(pk__in=pks).alias(name=Folded(name))
    for part in parts:
        klanten = klanten.filter(name__contains=Folded(Value(part)))
    return list(klanten.values_list("pk", flat=True))


def klanten_with_bsn(term: str) -> list[Klant]:
    """Return the klanten with this BSN, in one query, or none without digits."""
    digits = only_digits(term)
    if not digits:
        return []
    values = [single_spaced(term), digits]
    found = Klant.objects.filter(subject_natuurlijk_persoon__inp_bsn__in=values)
    return list(found.order_by("pk")[:LIMIT])


def could_be_bsn(term: str) -> bool:
    """Whether the term consists of as many digits as a BSN."""
    return len(only_digits(term)) == ELFPROEF_LENGTH
