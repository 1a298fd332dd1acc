"""Compare a klant with the complete values from another system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import models

from ...models import SUBJECTS, Klant
from ...models.groups import get_group, owned_groups, value_fields
from ...models.subjects import subject_accessor
from .representation import Representation, api_name, subject_of

Values = Mapping[str, Any]

SUBJECT = "subject_identificatie"
_SUBJECT_ACCESSORS = frozenset(subject_accessor(kind) for kind in SUBJECTS)


def whole(values: Values) -> dict[str, Any]:
    """Return ``values`` with missing fields added: empty, or ``None`` for a group.

    A copy is complete, so missing fields are empty in the source.
    """
    klant = _whole_row(Klant, values)
    if kind := klant["subject_type"]:
        subject = values.get(SUBJECT)
        klant[SUBJECT] = None if not subject else _whole_row(SUBJECTS[kind], subject)
    return klant


def _whole_row(model: type[models.Model], values: Values) -> dict[str, Any]:
    row = {
        field.name: values[field.name] if field.name in values else field.get_default()
        for field in value_fields(model)
    }
    for accessor, group in _groups(model):
        given = values.get(accessor)
        row[accessor] = None if given is None else _whole_row(group, given)
    return row


def values_of(klant: Klant) -> dict[str, Any]:
    """Return the klant in the form of :func:`whole`; uses its loaded groups."""
    values = as_values(klant) or {}
    if klant.subject_type:
        values[SUBJECT] = as_values(subject_of(klant))
    return values


def as_values(row: models.Model | None) -> dict[str, Any] | None:
    """Return a row as values for :mod:`.write`, with its groups; ``None`` for none."""
    if row is None:
        return None
    values: dict[str, Any] = {
        field.name: getattr(row, field.attname) for field in value_fields(type(row))
    }
    for accessor, _group in _groups(type(row)):
        values[accessor] = as_values(get_group(row, accessor))
    return values


def _groups(model: type[models.Model]) -> Iterator[tuple[str, type[models.Model]]]:
    """Yield the groups of a row, except the subject."""
    for accessor, group in owned_groups(model).items():
        if model is not Klant or accessor not in _SUBJECT_ACCESSORS:
            yield accessor, group


EMPTY: tuple[object, ...] = (None, "", [])
"""Notations of an empty value that other APIs use."""


def is_same_json(body: Mapping[str, Any], own: Representation) -> bool:
    """Whether the JSON of another system equals our representation, except the URL.

    It is not validated, which makes this far cheaper than :func:`differing_fields`. If
    it is false, the difference may be one of notation, which only validation can tell.
    """
    return body.keys() <= own.keys() and all(
        _is_same_value(body.get(name), value)
        for name, value in own.items()
        if name != "url"
    )


def _is_same_value(other: Any, own: Any) -> bool:
    if isinstance(own, dict):
        return isinstance(other, dict) and is_same_json(other, own)
    if own in EMPTY:
        return other in EMPTY
    # 1 and true are equal in Python
    return type(other) is type(own) and other == own


def differing_fields(klant: Klant, values: Values) -> list[str]:
    """Return the API names of the fields that differ from the complete ``values``."""
    return sorted(_differing(values_of(klant), values))


def _differing(here: Values, there: Values, path: str = "") -> Iterator[str]:
    for name in here.keys() | there.keys():
        mine, other = here.get(name), there.get(name)
        if isinstance(mine, Mapping) and isinstance(other, Mapping):
            yield from _differing(mine, other, f"{path}{api_name(name)}.")
        elif mine != other:
            yield f"{path}{api_name(name)}"
