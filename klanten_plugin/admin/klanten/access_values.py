"""The values of a klant for an inzageverzoek, with their origin and date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from vng_api_common.audittrails.models import AuditTrail

from ...domain.klanten.representation import api_name, subject_of
from ...domain.nhr.ownership import MOMENT, SOURCE, VALUE
from ...models import Klant
from ...models.groups import get_group, owned_groups, value_fields
from .detail import as_text, contact_lines, shown, writer_of
from .history import changes_in, labels_of

Report = dict[str, Any]
"""Plain values with Dutch keys, for the citizen."""


def values_with_origin(klant: Klant, trail: list[AuditTrail]) -> Iterator[Report]:
    """Yield each value of a klant with its origin and date."""
    newest_first = trail[::-1]
    state = getattr(klant, "nhr_state", None)
    contact = {row.field: row for row in contact_lines(klant, state, newest_first)}
    written = _last_writers(trail)
    labels = labels_of(klant)
    for path, value, root in _leaves(klant):
        known = contact.get(root)
        if known is not None and known.origin:
            origin, moment = known.origin, known.moment
        else:
            origin, moment = written.get(path, ("", None))
        yield {
            "naam": labels[path],
            "pad": path,
            "waarde": value,
            "herkomst": origin or _("Niet bekend: de audit trail reikt niet zo ver"),
            "sinds": local_moment(moment),
        }


def _last_writers(trail: list[AuditTrail]) -> dict[str, tuple[str, datetime]]:
    """Return the last writer and its time by path."""
    written: dict[str, tuple[str, datetime]] = {}
    for line in trail:
        for path, _old, _new in changes_in(line):
            written[path] = (writer_of(line), line.aanmaakdatum)
    return written


def _leaves(klant: Klant) -> Iterator[tuple[str, str, str]]:
    """Yield path, text and contact field of each non-empty value."""
    yield from _row(klant, "", "")
    adres = get_group(klant, "adres")
    if adres is not None:
        yield from _row(adres, "adres.", "adres")
    subject = subject_of(klant)
    if subject is not None:
        yield from _row(subject, "subjectIdentificatie.", "subject")


def _row(row: models.Model, path: str, root: str) -> Iterator[tuple[str, str, str]]:
    for field in value_fields(type(row)):
        text = shown(field, getattr(row, field.attname))
        if text:
            yield f"{path}{api_name(field.name)}", text, root or field.name
    if not root:
        return
    for accessor in owned_groups(type(row)):
        group = get_group(row, accessor)
        if group is not None:
            yield from _row(group, f"{path}{api_name(accessor)}.", root)


def register_values(klant: Klant) -> Iterator[Report]:
    """Yield the last values of the trade register, including unused ones."""
    state = getattr(klant, "nhr_state", None)
    if state is None:
        return
    for field, entry in state.provenance.items():
        yield {
            "veld": api_name(field),
            "waarde": as_text(entry.get(VALUE)),
            "bron": str(entry.get(SOURCE, "")),
            "wanneer": local_moment(parse_datetime(entry.get(MOMENT, ""))),
        }


def local_moment(moment: datetime | None) -> datetime | None:
    """Return the local time without microseconds."""
    return timezone.localtime(moment).replace(microsecond=0) if moment else None
