"""The contents of the page of a klant: identity, and origin of contact data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from vng_api_common.audittrails.models import AuditTrail

from ...constants import CONTACT_FIELDS, KlantType
from ...domain.klanten.changes import Writer
from ...domain.klanten.representation import api_name, represent_klant, subject_of
from ...domain.nhr.fitting import ADRES_FIELDS
from ...domain.nhr.ownership import (
    FORMER,
    MOMENT,
    SOURCE,
    UNTIL,
    WRITER,
    Entry,
    contact_values,
    is_overridden,
)
from ...models import Klant, NhrState
from ...models.groups import get_group, owned_groups, value_fields
from ..moments import readable_birthday, readable_day
from .bsn import masked
from .forms import BSN

ORGANISATIONS = (KlantType.NIET_NATUURLIJK_PERSOON, KlantType.VESTIGING)
"""Kinds whose name is that of the business, not of its representative."""

BIRTHDAY = "geboortedatum"
"""A text in the API, in ISO format if the date is complete."""


@dataclass(frozen=True)
class Line:
    """A labelled value; ``is_bsn`` if it is a masked BSN."""

    name: Any
    value: Any
    is_bsn: bool = False


@dataclass(frozen=True)
class Part:
    """A readable block."""

    title: Any
    lines: list[Line]


@dataclass(frozen=True)
class Contact:
    """A contact field with its value, origin, and whether it can be handed back."""

    field: str
    name: Any
    value: str
    origin: str
    moment: datetime | None
    may_hand_back: bool


def subject_parts(klant: Klant, *, show_bsn: bool) -> Iterator[Part]:
    """Yield the subject and its groups."""
    subject = subject_of(klant)
    if subject is not None:
        yield from _parts(subject, show_bsn=show_bsn)


def _parts(row: models.Model, *, show_bsn: bool) -> Iterator[Part]:
    fields = value_fields(type(row))
    lines = [_line(row, field, show_bsn=show_bsn) for field in fields]
    title = capfirst(row._meta.verbose_name)
    yield Part(title, [line for line in lines if line.value])
    for accessor in owned_groups(type(row)):
        group = get_group(row, accessor)
        if group is not None:
            yield from _parts(group, show_bsn=show_bsn)


def _line(row: models.Model, field: models.Field[Any, Any], *, show_bsn: bool) -> Line:
    value = getattr(row, field.attname)
    name = capfirst(field.verbose_name)
    if field.name == BSN:
        return Line(name, value if show_bsn else masked(value), bool(value))
    return Line(name, shown(field, value))


def shown(field: models.Field[Any, Any], value: Any) -> str:
    """Return the text of a value for administrators, on one line."""
    if field.choices:
        value = dict(field.flatchoices).get(value, value)
    if isinstance(value, list):
        return ", ".join(value)
    if value and field.name == BIRTHDAY:
        return readable_birthday(value)
    return as_text(value)


def contact_lines(
    klant: Klant,
    state: NhrState | None,
    trail: list[AuditTrail],
    deliverable: frozenset[str] = frozenset(),
) -> Iterator[Contact]:
    """Yield each contact field; ``trail`` are the audit lines, newest first.

    ``state`` is ``None`` if the register doesn't know the klant; ``deliverable`` are
    the fields that a source can provide.
    """
    body = represent_klant(klant, "")
    values = contact_values(body)
    for field in CONTACT_FIELDS:
        origin, moment = _origin(field, values[field], state, trail)
        yield Contact(
            field,
            label_of(field),
            as_text(body[api_name(field)]),
            origin,
            moment,
            state is not None
            and field in deliverable
            and state.due_at is not None
            and is_overridden(field, values[field], state.provenance),
        )


def _origin(
    field: str, value: Any, state: NhrState | None, trail: list[AuditTrail]
) -> tuple[str, datetime | None]:
    if not value:
        return "", None
    provenance = state.provenance if state else {}
    entry = provenance.get(field)
    if entry and not is_overridden(field, value, provenance):
        source = entry[SOURCE]
        text = _("NHR (%(source)s)") % {"source": source}
        given = text if source else _("Teruggegeven aan het NHR")
        marked = "; ".join(filter(None, (given, standing(entry))))
        return marked, parse_datetime(entry[MOMENT])
    who, moment = _writer(field, trail)
    text = who or _kind_of_writer(entry)
    if entry:
        overridden = _("overschreef wat het NHR gaf")
        return f"{text}; {overridden}", moment
    return text, moment


def standing(entry: Entry) -> str:
    """Return the mark of a value that the register no longer has, or ""."""
    if entry.get(FORMER):
        return _("van het vorige nummer")
    if UNTIL in entry:
        day = readable_day(entry[UNTIL])
        return _("stond tot %(date)s in het NHR") % {"date": day}
    return ""


def _kind_of_writer(entry: Entry | None) -> str:
    """Return the kind of writer if no audit line has the change."""
    if entry and WRITER in entry:
        return str(Writer(entry[WRITER]).label)
    return _("Een applicatie of een beheerder")


def _writer(field: str, trail: list[AuditTrail]) -> tuple[str, datetime | None]:
    """Return the last writer of the field in these audit lines."""
    name = api_name(field)
    for line in trail:
        old, new = line.oud or {}, line.nieuw or {}
        if old.get(name) != new.get(name):
            return writer_of(line), line.aanmaakdatum
    return "", None


def writer_of(line: AuditTrail) -> str:
    """Return the application and user of an audit line."""
    user = line.gebruikers_weergave or line.gebruikers_id
    application = line.applicatie_weergave or line.applicatie_id
    return " - ".join(filter(None, (application, user)))


def as_text(value: Any) -> str:
    """Return a value of the representation as a single line."""
    if isinstance(value, dict):
        parts = [value.get(api_name(name)) for name in ADRES_FIELDS]
        return " ".join(str(part) for part in parts if part not in ("", None))
    return "" if value is None else str(value)


def label_of(field: str) -> Any:
    """Return the label of a contact field."""
    if field == "adres":
        return _("Adres")
    return capfirst(Klant._meta.get_field(field).verbose_name)  # type: ignore[union-attr]


def name_of(klant: Klant) -> str:
    """Return the display name of the klant; uses its loaded groups."""
    parts = (klant.voornaam, klant.voorvoegsel_achternaam, klant.achternaam)
    person = " ".join(filter(None, parts))
    subject = _subject_name(subject_of(klant))
    if klant.subject_type in ORGANISATIONS:
        return klant.bedrijfsnaam or subject or person
    return person or klant.bedrijfsnaam or subject


def _subject_name(subject: Any) -> str:
    if subject is None:
        return ""
    trade_names = getattr(subject, "handelsnaam", None)
    if trade_names:
        return str(trade_names[0])
    names = (
        "voornamen",
        "voorvoegsel_geslachtsnaam",
        "geslachtsnaam",
        "statutaire_naam",
    )
    return " ".join(filter(None, (getattr(subject, name, "") for name in names)))
