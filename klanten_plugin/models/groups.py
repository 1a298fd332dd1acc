"""Group attributes: rows that another row owns through a one-to-one field.

In the standard a group attribute isn't a resource (design choices, "Groepattributen").
Here each group is a separate row, which is created, changed and deleted together with
its owner.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import models


class Group(models.Model):
    """A row that another row owns through a one-to-one field."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


@cache
def owned_groups(model: type[models.Model]) -> dict[str, type[Group]]:
    """Return the groups that ``model`` can own, as accessor to model.

    Sorted by accessor. Groups are discovered by their one-to-one field to ``model``, so
    a new group only has to be declared as a model.
    """
    owned = {
        relation.get_accessor_name(): relation.related_model
        for relation in model._meta.related_objects
        if relation.one_to_one and issubclass(relation.related_model, Group)
    }
    return {name: owned[name] for name in sorted(filter(None, owned))}


@cache
def group_paths(model: type[models.Model]) -> tuple[str, ...]:
    """Return the lookup paths of all groups below ``model``, for ``select_related``."""
    paths: list[str] = []
    for accessor, group in owned_groups(model).items():
        paths.append(accessor)
        paths.extend(f"{accessor}__{path}" for path in group_paths(group))
    return tuple(paths)


def get_group(owner: models.Model, accessor: str) -> Any:
    """Return the group of ``owner`` under ``accessor``, or ``None``."""
    # a missing one-to-one row raises a subclass of AttributeError
    return getattr(owner, accessor, None)


def set_group(owner: models.Model, accessor: str, group: models.Model | None) -> None:
    """Cache a related row on ``owner``, or its absence, to avoid a query later."""
    relation = owner_field(owner, accessor).remote_field
    relation.set_cached_value(owner, group)
    if group is not None:
        relation.field.set_cached_value(group, owner)


def owner_field(
    owner: models.Model | type[models.Model], accessor: str
) -> models.OneToOneField[Any, Any]:
    """Return the field of a related row that refers to its owner."""
    relation = owner._meta.get_field(accessor)
    assert isinstance(relation, models.OneToOneRel)
    return relation.field


@cache
def value_fields(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    """Return the fields of ``model`` with values of the standard, in declared order.

    Excludes keys and internal fields of the plugin (``editable=False``).
    """
    return tuple(
        field
        for field in model._meta.concrete_fields
        if field.editable and not field.primary_key and not field.is_relation
    )


def one_owner(*owners: str) -> models.Q:
    """Return the condition that exactly one of the fields ``owners`` is set."""
    condition = models.Q()
    for owner in owners:
        alone = {f"{name}__isnull": name != owner for name in owners}
        condition |= models.Q(**alone)
    return condition
