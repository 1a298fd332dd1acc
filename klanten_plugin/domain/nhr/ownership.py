"""Rules for which register values may replace which fields of a klant.

Pure functions, no database access.

Whoever writes a value that the NHR didn't give last, owns the field: no refresh changes
it any more, whatever the register says later. Emptying the field hands it back. What is
written unchanged, as after a GET, changes no owner.

The provenance (``NhrState.provenance``) has an entry for each field that the NHR once
gave. A value in a field without one was somebody else's from the start.
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
"""A text, or for ``adres`` its fields; ``""`` or ``None`` where there is none."""

Values = Mapping[str, Value]
Entry = dict[str, Any]
Provenance = dict[str, Entry]

VALUE, SOURCE, MOMENT, OVERRIDDEN = "waarde", "bron", "op", "overschreven"
"""The keys of an entry."""
FORMER, UNTIL, WAS = "vorig", "tot", "was"
"""Keys of an entry whose value is of the number before, or isn't in the register any
more since that moment; and of the value that was emptied because of that."""
WRITER = "door"
"""The key of who overrode the field (:class:`Writer`); absent where nobody did."""


@dataclass(frozen=True)
class Fact:
    """What a source of the register says of a field."""

    value: Value
    source: str


def contact_values(body: Representation) -> dict[str, Value]:
    """The fields that may be taken over, of the representation of a klant."""
    return {field: normalised(field, body[api_name(field)]) for field in CONTACT_FIELDS}


def normalised(field: str, value: Value) -> Value:
    """The value, with one way to say that there is none."""
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
    """Whether two values mean the same: how they are written makes no override."""
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
"""Fields that can be written in several ways: a slash, a space or capitals."""


def is_overridden(field: str, value: Value, provenance: Provenance) -> bool:
    """Whether a field with this value is somebody else's than the NHR's."""
    if not value:
        return False
    entry = provenance.get(field)
    return entry is None or entry[OVERRIDDEN] or not same(field, value, entry[VALUE])


def is_given(field: str, value: Value, provenance: Provenance) -> bool:
    """Whether the field has a value that a source of the register gave."""
    if not value or is_overridden(field, value, provenance):
        return False
    return bool(provenance[field][SOURCE])


def after_renumbering(values: Values, provenance: Provenance) -> Provenance:
    """The provenance after the klant got another number; ``values`` are those of now.

    What a field held before it was emptied or overridden is of no use any more: whoever
    writes that again means it.
    """
    return {
        field: {**entry, FORMER: True} if entry[SOURCE] else entry
        for field, entry in provenance.items()
        if not entry[SOURCE] or is_given(field, values[field], provenance)
    }


def empty_value(field: str) -> Value:
    """What is written in a field to empty it.

    The standard doesn't let a website be empty: a consumer must be able to send back
    what it reads.
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
    """The entry of a field that somebody else than the register changed."""
    if value and same(field, value, entry[VALUE]):
        return entry
    dropped = {WRITER, FORMER, UNTIL, WAS}
    kept = {name: part for name, part in entry.items() if name not in dropped}
    if not value:
        last = "" if FORMER in entry else entry[VALUE]
        return {**kept, VALUE: last, OVERRIDDEN: False}
    return {**kept, OVERRIDDEN: True, WRITER: writer.value}


def after_hand_back(
    field: str, value: Value, provenance: Provenance, moment: datetime
) -> Provenance:
    """The provenance after somebody handed the field back to the NHR.

    The value stays, as if the NHR had given it, until the register says another: so
    what the register doesn't know isn't lost. A source it has from then on.
    """
    entry = {VALUE: value, SOURCE: "", MOMENT: moment.isoformat(), OVERRIDDEN: False}
    return {**provenance, field: entry}


def after_takeover(
    provenance: Provenance, changes: Mapping[str, Fact], moment: datetime
) -> Provenance:
    """The provenance after the register gave these."""
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
