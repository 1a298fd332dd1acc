"""Bring two klanten together: take values of one over into the other.

Relations of the other klant stay where they are: their owners keep the URL that they
were made with, and no standard has a request that changes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from ...exceptions import RuleViolation
from ...models import Klant
from ...models.groups import get_group, owned_groups, value_fields
from .changes import ChangeContext
from .deletions import DeletionDecision
from .representation import subject_of
from .write import delete_klant, lock_klant, update_locked_klant

IDENTITY = frozenset({"bronorganisatie", "klantnummer", "subject_type"})
"""What makes a klant the one that it is, and so isn't taken over."""

SUBJECT = "subject_identificatie"


@dataclass(frozen=True)
class Pair:
    """One value of two klanten; ``name`` is that of the field or group.

    Fields of the subject are named ``subject_identificatie.<field>``. ``field`` is
    ``None`` for a group, of which the values are rows or ``None``.
    """

    name: str
    field: models.Field[Any, Any] | None
    kept: Any
    other: Any


def pairs_of(kept: Klant, other: Klant) -> Iterator[Pair]:
    """Yield each value that can be chosen, in the order of the fields."""
    for field in value_fields(Klant):
        if field.name not in IDENTITY:
            yield _pair(field, kept, other)
    yield Pair("adres", None, get_group(kept, "adres"), get_group(other, "adres"))
    subject = subject_of(other)
    if subject is None:
        return
    own = subject_of(kept)
    for field in value_fields(type(subject)):
        yield _pair(field, own, subject, f"{SUBJECT}.")
    for accessor in owned_groups(type(subject)):
        groups = (get_group(row, accessor) if row else None for row in (own, subject))
        yield Pair(f"{SUBJECT}.{accessor}", None, *groups)


def _pair(
    field: models.Field[Any, Any],
    kept: models.Model | None,
    other: models.Model,
    prefix: str = "",
) -> Pair:
    value = getattr(kept, field.attname) if kept else field.get_default()
    return Pair(prefix + field.name, field, value, getattr(other, field.attname))


def as_values(row: models.Model | None) -> dict[str, Any] | None:
    """Return a group as :mod:`.write` takes it, with the groups below it."""
    if row is None:
        return None
    values: dict[str, Any] = {
        field.name: getattr(row, field.attname) for field in value_fields(type(row))
    }
    for accessor in owned_groups(type(row)):
        values[accessor] = as_values(get_group(row, accessor))
    return values


def check_can_merge(kept: Klant, other: Klant) -> None:
    """Raise :class:`RuleViolation` where two klanten can't be brought together."""
    if kept == other:
        message = _("Dit is dezelfde klant.")
        raise RuleViolation(message, code="same-klant")
    if kept.subject_type != other.subject_type:
        message = _("Deze klanten zijn van verschillend type.")
        raise RuleViolation(message, code="other-type")


def lock_pair(kept: Klant, other: Klant) -> tuple[Klant, Klant]:
    """Lock two klanten in the order of their keys; raises ``Klant.DoesNotExist``."""
    locked = {pk: lock_klant(pk) for pk in sorted((kept.pk, other.pk))}
    return locked[kept.pk], locked[other.pk]


def merge_locked_klanten(
    pair: tuple[Klant, Klant],
    taken: Collection[str],
    context: ChangeContext,
    decision: DeletionDecision | None = None,
) -> None:
    """Write the values named in ``taken`` of the second klant into the first.

    ``pair`` is what :func:`lock_pair` returned in this transaction. The first klant
    gets one audit line and one notification, as by a PATCH. With a ``decision`` the
    second klant is deleted afterwards. Raises :class:`RuleViolation`, after which the
    transaction must be rolled back.
    """
    kept, other = pair
    check_can_merge(kept, other)
    values: dict[str, Any] = {}
    for each in pairs_of(kept, other):
        if each.name in taken:
            value = each.other if each.field else as_values(each.other)
            target = values
            if each.name.startswith(f"{SUBJECT}."):
                target = values.setdefault(SUBJECT, {})
            target[each.name.rpartition(".")[2]] = value
    if values:
        update_locked_klant(kept, values, context)
    if decision is not None:
        delete_klant(other, context, decision)
