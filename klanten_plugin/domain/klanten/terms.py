"""Parse search terms. Pure functions, no database access."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

TERM_LENGTH = 200
"""Longer terms are truncated."""

SEPARATORS = re.compile(r"[\s().+/-]+")

POSTCODE = re.compile(
    r"(?<!\w)([1-9]\d{3})\s?([a-z]{2})(?![a-z])(?:[\s,]*(\d{1,5})(?:-?\w{1,4})?(?!\w))?",
    re.ASCII | re.IGNORECASE,
)
"""A postcode, optionally followed by a house number."""

DAY = re.compile(r"(?<!\d)(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)", re.ASCII)
DAY_ISO = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)", re.ASCII)

STREET = re.compile(r"(.*[^\W\d].*?)\s+(\d{1,5})(?:[\s-]?\w{1,4})?", re.ASCII)

FIRST_YEAR, LAST_YEAR = 1850, 2199
MONTHS, DAYS = 12, 31


@dataclass(frozen=True)
class Address:
    """A street or a postcode, with an optional house number."""

    name: str
    number: int | None = None

    @property
    def spellings(self) -> list[str]:
        """Return the possible spellings of a postcode."""
        digits, letters = self.name[:4], self.name[4:]
        return [
            f"{digits}{space}{each}"
            for space in ("", " ")
            for each in (letters.upper(), letters.lower())
        ]


@dataclass(frozen=True)
class Term:
    """A search term and its possible interpretations.

    ``rest`` is the text apart from a postcode or a date of birth: ``None`` if there is
    neither, ``""`` if there is no other text.
    """

    text: str
    uuid: UUID | None = None
    digits: str = ""
    postcode: Address | None = None
    birthdays: list[str] = field(default_factory=list)
    rest: str | None = None
    street: Address | None = None
    full_names: list[tuple[str, str]] = field(default_factory=list)


def read_term(text: str) -> Term:
    """Parse a search term."""
    text = single_spaced(text)
    postcode, rest = _postcode(text)
    birthdays, rest = _birthdays(rest)
    has_facet = postcode is not None or bool(birthdays)
    return Term(
        text,
        uuid=_as_uuid(text),
        digits=only_digits(text),
        postcode=postcode,
        birthdays=birthdays,
        rest=rest.strip(" ,") if has_facet else None,
        street=_street(text),
        full_names=list(dict.fromkeys(_full_names(text))),
    )


def single_spaced(text: str) -> str:
    """Return the text with single spaces, and without NUL characters."""
    return " ".join(text.replace("\0", " ").split())[:TERM_LENGTH]


def only_digits(text: str) -> str:
    """Return the digits without separators, or "" if there are other characters."""
    digits = SEPARATORS.sub("", single_spaced(text))
    return digits if digits.isascii() and digits.isdigit() else ""


def words(text: str) -> list[str]:
    """Return the words of a name, without commas and dots."""
    return [word for word in re.split(r"[\s,.]+", text) if word]


def _postcode(text: str) -> tuple[Address | None, str]:
    found = POSTCODE.search(text)
    if found is None:
        return None, text
    number = int(found[3]) if found[3] else None
    return Address(found[1] + found[2], number), _without(text, found)


def _birthdays(text: str) -> tuple[list[str], str]:
    """Return the spellings of a date of birth in the text, and the rest of the text."""
    if found := DAY.search(text):
        day, month, year = map(int, found.groups())
    elif found := DAY_ISO.search(text):
        year, month, day = map(int, found.groups())
    else:
        return [], text
    # dates that don't exist are registered as well
    if not (FIRST_YEAR <= year <= LAST_YEAR and month <= MONTHS and day <= DAYS):
        return [], text
    y, m, d = f"{year}", f"{month:02}", f"{day:02}"
    return [f"{y}{m}{d}", f"{y}-{m}-{d}", f"{d}-{m}-{y}"], _without(text, found)


def _without(text: str, found: re.Match[str]) -> str:
    return single_spaced(f"{text[: found.start()]} {text[found.end() :]}")


def _street(text: str) -> Address | None:
    if found := STREET.fullmatch(text):
        return Address(found[1].strip(" ,"), int(found[2]))
    return None if only_digits(text) else Address(text)


def _full_names(text: str) -> Iterator[tuple[str, str]]:
    """Yield the possible pairs of a surname and a first name or prefix."""
    last, comma, first = (part.strip() for part in text.partition(","))
    if comma:
        if last and first:
            first = first.rstrip(".")
            yield last, first
            yield last.rpartition(" ")[2], first
            yield last, first.partition(" ")[0].rstrip(".")
        return
    first, _space, rest = text.partition(" ")
    if rest:
        yield rest, first
        yield rest.rpartition(" ")[2], first


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
