"""The history of a klant: its audit trail, roles and rows of the outbox.

Each part is only shown to users with permission for those rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils.text import capfirst

from vng_api_common.audittrails.models import AuditTrail

from ...constants import KlantType, OutboxState
from ...domain.klanten.audittrail import audit_lines
from ...domain.klanten.representation import Representation, api_name
from ...domain.nhr.provenance import nhr_number
from ...models import SUBJECTS, Klant, KlantAdres, KlantRol, OutboxRow, RolBron
from ...models.groups import owned_groups, value_fields
from .bsn import masked
from .detail import as_text, writer_of

SHOWN = 50
"""Maximum number of rows of each kind on the page."""

ROLLEN_SHOWN = 100
BSN_NAME = "inpBsn"


@dataclass(frozen=True)
class Change:
    """A changed field in an audit line, with masked BSNs."""

    name: str
    old: str
    new: str


@dataclass(frozen=True)
class AuditLine:
    """A line of the audit trail for display."""

    moment: Any
    action: str
    who: str
    why: str
    changes: list[Change]


def may_view(request: HttpRequest, model: Any) -> bool:
    """Whether the user may view or change rows of this model."""
    label, name = model._meta.app_label, model._meta.model_name
    has_perm = request.user.has_perm
    return has_perm(f"{label}.view_{name}") or has_perm(f"{label}.change_{name}")


def newest_audit_lines(klant: Klant) -> list[AuditTrail]:
    """Return the newest lines, newest first."""
    lines = audit_lines(klant)
    # primary keys first: with ORDER BY and LIMIT, PostgreSQL may scan the lines of all
    # klanten from the end
    keys = sorted(lines.order_by().values_list("pk", flat=True))[-SHOWN:]
    return list(lines.filter(pk__in=keys).order_by("-pk"))


def readable(klant: Klant, lines: list[AuditTrail]) -> list[AuditLine]:
    """Return audit lines of this klant with their changes per field."""
    labels = labels_of(klant)
    return [
        AuditLine(
            line.aanmaakdatum,
            line.actie_weergave or line.actie,
            writer_of(line),
            line.toelichting,
            [
                Change(labels.get(path, path), _shown(path, old), _shown(path, new))
                for path, old, new in changes_in(line)
            ],
        )
        for line in lines
    ]


def changes_in(line: AuditTrail) -> Iterator[tuple[str, str, str]]:
    """Yield the path, the old text and the new text of each changed value."""
    old, new = flat(line.oud or {}), flat(line.nieuw or {})
    for path in dict.fromkeys([*old, *new]):
        before, after = old.get(path, ""), new.get(path, "")
        if before != after:
            yield path, before, after


def labels_of(klant: Klant) -> dict[str, str]:
    """Return the labels of the values of a klant by their path in the JSON."""
    labels = _labels(Klant) | _labels_with_groups(KlantAdres, "adres.")
    if klant.subject_type in SUBJECTS:
        subject = SUBJECTS[KlantType(klant.subject_type)]
        labels |= _labels_with_groups(subject, "subjectIdentificatie.")
    return labels


def _labels_with_groups(model: type[Model], path: str) -> dict[str, str]:
    labels = _labels(model, path)
    for accessor, group in owned_groups(model).items():
        labels |= _labels_with_groups(group, f"{path}{api_name(accessor)}.")
    return labels


def _labels(model: type[Model], path: str = "") -> dict[str, str]:
    """Return labels by path of the fields of a model, prefixed by its group."""
    title = f"{capfirst(str(model._meta.verbose_name))}: " if path else ""
    return {
        f"{path}{api_name(field.name)}": capfirst(f"{title}{field.verbose_name}")
        for field in value_fields(model)
    }


def _shown(path: str, value: str) -> str:
    return masked(value) if path.endswith(BSN_NAME) else value


def flat(body: Representation, path: str = "") -> dict[str, str]:
    """Return the values as text by path, without the URL of the klant."""
    found: dict[str, str] = {}
    for name, value in body.items():
        if not path and name == "url":
            continue
        where = f"{path}{name}"
        if isinstance(value, dict):
            found |= flat(value, f"{where}.")
        elif isinstance(value, list):
            found[where] = ", ".join(map(str, value))
        else:
            found[where] = as_text(value)
    return found


def rollen_of(klant: Klant) -> list[KlantRol]:
    """Return the newest roles."""
    rollen = KlantRol.objects.filter(klant=klant).select_related("bron__service")
    return list(rollen.order_by("-pk")[:ROLLEN_SHOWN])


def outbox_of(klant: Klant) -> list[OutboxRow]:
    """Return the newest rows for this klant or its number."""
    rows = OutboxRow.objects.filter(object_key__in=outbox_keys(klant))
    # sorted in Python, because the planner might scan the whole table for this order
    newest = list(rows.order_by("object_key", "-pk")[: SHOWN * 4])
    return sorted(newest, key=lambda row: row.pk, reverse=True)[:SHOWN]


def outbox_keys(klant: Klant) -> list[str]:
    """Return the ``object_key`` of rows for this klant or its number."""
    keys = [str(klant.uuid)]
    keys += [
        f"{klant.uuid}:{pk}" for pk in RolBron.objects.values_list("pk", flat=True)
    ]
    if number := nhr_number(klant):
        keys.append(number.key)
    return keys


def panels(request: HttpRequest, klant: Klant) -> dict[str, Any]:
    """Return the parts for the page; ``None`` without permission."""
    return {
        "rollen": rollen_of(klant) if may_view(request, KlantRol) else None,
        "rollen_shown": ROLLEN_SHOWN,
        "outbox": outbox_of(klant) if may_view(request, OutboxRow) else None,
        "given_up": OutboxState.GIVEN_UP,
        "shown": SHOWN,
    }
