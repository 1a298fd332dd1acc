"""Rules for which register values may replace which fields of a klant.

Pure functions, no database access.

Writing a value that differs from the last value of the NHR overrides the field: no
refresh changes it any more, whatever the register says later. Emptying the field hands
it back. Writing the same value, as after a GET, doesn't change the owner.

The provenance (``NhrState.provenance``) has an entry for each field that the NHR has
ever set. A value in a field without an entry was never the NHR's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from ...conf import settings
from ...constants import CONTACT_FIELDS
from ..klanten.changes import Origin, Writer
from ..klanten.representation import Representation, api_name

Value = Any
"""A string, or a mapping for ``adres``. ``""`` or ``None`` is empty."""

Values = Mapping[str, Value]
Entry = dict[str, Any]
Provenance = dict[str, Entry]

VALUE, SOURCE, MOMENT, OVERRIDDEN = "waarde", "bron", "op", "overschreven"
"""The keys of an entry."""
FORMER, UNTIL, WAS = "vorig", "tot", "was"
"""Keys of an entry: the value belongs to the previous number; the time since which the
register no longer has it; the value that was emptied for that reason."""
WRITER = "door"
"""The key of the kind of writer that overrode the field (:class:`Writer`), if any."""


@dataclass(frozen=True)
class Fact:
    """The value of a field at a source of the register."""

    value: Value
    source: str


def contact_values(body: Representation) -> dict[str, Value]:
    """Return the fields that can be taken over from the representation of a klant."""
    return {field: normalised(field, body[api_name(field)]) for field in CONTACT_FIELDS}


def normalised(field: str, value: Value) -> Value:
    """Return the value with a single notation for empty values."""
    if field == "adres":
        return (
            value
            if value and any(v not in ("", None) for v in value.values())
            else None
        )
    if field == "website_url" and _is_no_website(value):
        return ""
    return value


def _is_no_website(value: str) -> bool:
    return value.rstrip("/") in {url.rstrip("/") for url in settings.NHR_NO_WEBSITE}


def same(field: str, value: Value, other: Value) -> bool:
    """Whether two values are equivalent: another spelling isn't an override."""
    return bool(_canonical(field, value) == _canonical(field, other))


def _canonical(field: str, value: Value) -> Value:
    return CANONICAL[field](value) if value and field in CANONICAL else value


def _canonical_url(value: str) -> str:
    parts = urlsplit(value)
    host = f"{parts.scheme}://{parts.netloc}".lower()
    return host + value[len(host) :].rstrip("/")


def _canonical_adres(value: Mapping[str, Any]) -> Mapping[str, Any]:
    postcode = str(value.get("postcode") or "").replace(" ", "").upper()
    return {**value, "postcode": postcode}


CANONICAL: dict[str, Callable[[Any], Any]] = {
    "website_url": _canonical_url,
    "emailadres": str.casefold,
    "adres": _canonical_adres,
}
"""Fields with several spellings: a trailing slash, spaces or capitals."""


def is_overridden(field: str, value: Value, provenance: Provenance) -> bool:
    """Whether this value of the field isn't the NHR's."""
    if not value:
        return False
    entry = provenance.get(field)
    return entry is None or entry[OVERRIDDEN] or not same(field, value, entry[VALUE])


def is_given(field: str, value: Value, provenance: Provenance) -> bool:
    """Whether the value of the field comes from a source of the register."""
    if not value or is_overridden(field, value, provenance):
        return False
    return bool(provenance[field][SOURCE])


def after_renumbering(values: Values, provenance: Provenance) -> Provenance:
    """Return the provenance after the klant got another number.

    ``values`` are the current ones. Entries of emptied or overridden fields are
    dropped: writing their old value again is an override.
    """
    return {
        field: {**entry, FORMER: True} if entry[SOURCE] else entry
        for field, entry in provenance.items()
        if not entry[SOURCE] or is_given(field, values[field], provenance)
    }


def empty_value(field: str) -> Value:
    """Return the value that empties a field.

    The standard doesn't allow an empty websiteUrl, and a consumer must be able to send
    back what it reads.
    """
    if field == "adres":
        return None
    if field == "website_url" and settings.WEBSITE_URL_REQUIRED:
        return next(iter(settings.NHR_NO_WEBSITE), "")
    return ""


def after_change(
    values: tuple[Values, Values],
    provenance: Provenance,
    origin: Origin,
    moment: datetime,
) -> Provenance:
    """Return the provenance after a change; ``values`` are those before and after it."""
    before, after = values
    if origin.writer == Writer.REGISTER:
        facts = {name: Fact(after[name], by) for name, by in origin.sources.items()}
        return after_takeover(provenance, facts, moment)
    result = dict(provenance)
    for field, entry in provenance.items():
        if after[field] != before[field]:
            result[field] = _after_write(field, entry, after[field], origin.writer)
    return result


def _after_write(field: str, entry: Entry, value: Value, writer: Writer) -> Entry:
    """Return the entry of a field after a change by a consumer or administrator."""
    if value and same(field, value, entry[VALUE]):
        return entry
    dropped = {WRITER, FORMER, UNTIL, WAS}
    kept = {name: part for name, part in entry.items() if name not in dropped}
    if not value:
        last = "" if FORMER in entry else entry[VALUE]
        return {**kept, VALUE: last, OVERRIDDEN: False}
    return {**kept, OVERRIDDEN: True, WRITER: writer.value}


def after_takeover(
    provenance: Provenance, changes: Mapping[str, Fact], moment: datetime
) -> Provenance:
    """Return the provenance after values of the register were taken over."""
    entries = {
        field: {
            VALUE: fact.value,
            SOURCE: fact.source,
            MOMENT: moment.isoformat(),
            OVERRIDDEN: False,
        }
        for field, fact in changes.items()
    }
    return {**provenance, **entries}
