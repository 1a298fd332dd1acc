"""Which rows belong to a row?

The standard's group attributes have no existence of their own (design choices,
"Groepattributen"): each is a row of its own here, owned one to one by the row that
it describes, made, changed and removed with it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import models


class Group(models.Model):
    """A row that another row owns through a one-to-one field."""

    class Meta:
        abstract = True


@cache
def owned_groups(model: type[models.Model]) -> dict[str, type[Group]]:
    """The groups that rows of ``model`` can own: accessor to model, in order of name.

    Found in the one-to-one fields that point at ``model``: who adds a group declares
    it once, as a model.
    """
    owned = {
        relation.get_accessor_name(): relation.related_model
        for relation in model._meta.related_objects
        if relation.one_to_one and issubclass(relation.related_model, Group)
    }
    return {name: owned[name] for name in sorted(filter(None, owned))}


@cache
def group_paths(model: type[models.Model]) -> tuple[str, ...]:
    """The lookup paths from ``model`` to every group below it, for ``select_related``."""
    paths: list[str] = []
    for accessor, group in owned_groups(model).items():
        paths.append(accessor)
        paths.extend(f"{accessor}__{path}" for path in group_paths(group))
    return tuple(paths)


def get_group(owner: models.Model, accessor: str) -> Any:
    """The group of ``owner`` under ``accessor``, ``None`` where it has none."""
    # a missing one-to-one row raises a subclass of AttributeError
    return getattr(owner, accessor, None)


@cache
def value_fields(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    """The fields of ``model`` that hold values of the standard, in order of declaration.

    Neither keys nor what the plugin keeps for itself (``editable=False``).
    """
    return tuple(
        field
        for field in model._meta.concrete_fields
        if field.editable and not field.primary_key and not field.is_relation
    )


def one_owner(*owners: str) -> models.Q:
    """The condition that exactly one of the fields ``owners`` is set."""
    condition = models.Q()
    for owner in owners:
        alone = {f"{name}__isnull": name != owner for name in owners}
        condition |= models.Q(**alone)
    return condition
