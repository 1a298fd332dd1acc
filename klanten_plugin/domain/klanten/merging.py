"""Merge two klanten: copy values of one into the other.

Relations of the other klant aren't moved: their owners store its URL, and neither
standard has a request that changes it.
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
from .comparison import SUBJECT, as_values
from .deletions import DeletionDecision
from .locking import lock_klant
from .representation import subject_of
from .write import delete_klant, update_locked_klant

IDENTITY = frozenset({"bronorganisatie", "klantnummer", "subject_type"})
"""Fields that identify a klant, and are never copied."""


@dataclass(frozen=True)
class Pair:
    """The values of two klanten for the field or group ``name``.

    Fields of the subject are named ``subject_identificatie.<field>``. For a group,
    ``field`` is ``None`` and the values are rows or ``None``.
    """

    name: str
    field: models.Field[Any, Any] | None
    kept: Any
    other: Any


def pairs_of(kept: Klant, other: Klant) -> Iterator[Pair]:
    """Yield each pair of values to choose from, in the order of the fields."""
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


def check_can_merge(kept: Klant, other: Klant) -> None:
    """Raise :class:`RuleViolation` if two klanten can't be merged."""
    if kept == other:
        message = _("Dit is dezelfde klant.")
        raise RuleViolation(message, code="same-klant")
    if kept.subject_type != other.subject_type:
        message = _("Deze klanten zijn van verschillend type.")
        raise RuleViolation(message, code="other-type")


def lock_pair(kept: Klant, other: Klant) -> tuple[Klant, Klant]:
    """Lock two klanten in the lock order. Raises ``Klant.DoesNotExist``."""
    locked = {pk: lock_klant(pk) for pk in sorted((kept.pk, other.pk))}
    return locked[kept.pk], locked[other.pk]


def merge_locked_klanten(
    pair: tuple[Klant, Klant],
    taken: Collection[str],
    context: ChangeContext,
    decision: DeletionDecision | None = None,
) -> None:
    """Copy the values named in ``taken`` from the second klant to the first.

    ``pair`` is the result of :func:`lock_pair` in this transaction. The first klant
    gets one audit line and one notification, as for a PATCH. With a ``decision`` the
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
