"""The JSON representation of a klant, as the official document describes it.

The API, the audit trail and the ETag use the same function, so they can't differ. The
serializers in ``api/`` describe the same fields for input and for the document; a test
keeps the two in sync.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from django.db import models

from ...models import SUBJECTS, Klant
from ...models.groups import get_group, owned_groups, value_fields
from ...models.subjects import subject_accessor

Representation = dict[str, Any]


@cache
def api_name(name: str) -> str:
    """Convert ``sub_adres_buitenland_1`` to ``subAdresBuitenland1``.

    Not the suite's function, because some hosts patch that to keep the last underscore.
    """
    return re.sub(r"_([a-z0-9])", lambda match: match.group(1).upper(), name)


@cache
def _columns(model: type[models.Model]) -> tuple[tuple[str, str], ...]:
    fields = value_fields(model)
    return tuple((api_name(field.name), field.attname) for field in fields)


def represent_klant(klant: Klant, url: str) -> Representation:
    """Return the representation with this URL; uses the loaded groups."""
    body: Representation = {"url": url, **_represent_row(klant)}
    body["adres"] = _represent_group(klant, "adres")
    # after the address, as in the document
    body["subject"] = body.pop("subject")
    body["subjectType"] = body.pop("subjectType") or None
    if klant.subject_type:
        accessor = subject_accessor(klant.subject_type)
        body["subjectIdentificatie"] = _represent_group(klant, accessor)
    return body


def _represent_row(row: models.Model) -> Representation:
    columns = _columns(row._meta.model)
    return {name: getattr(row, attname) for name, attname in columns}


def _represent_group(owner: models.Model, accessor: str) -> Representation | None:
    group: models.Model | None = get_group(owner, accessor)
    if group is None:
        return None
    body = _represent_row(group)
    for nested in owned_groups(type(group)):
        body[api_name(nested)] = _represent_group(group, nested)
    return body


def subject_of(klant: Klant) -> models.Model | None:
    """Return the row that identifies the subject of the klant, or ``None``."""
    if klant.subject_type not in SUBJECTS:
        return None
    subject: models.Model | None = get_group(
        klant, subject_accessor(klant.subject_type)
    )
    return subject
