"""Save a row together with the groups that it owns.

In the values of a write, an absent group is kept, ``None`` removes the group, and a
mapping updates or creates it. An empty mapping changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models

from ...models.groups import Group, get_group, owned_groups

Values = Mapping[str, Any]


def save_with_groups(instance: models.Model, values: Values) -> None:
    """Set ``values`` on ``instance`` and its groups, and save the changed rows.

    ``instance`` is new, or loaded with its groups.
    """
    groups = owned_groups(type(instance))
    own_values = {name: value for name, value in values.items() if name not in groups}
    _save_row(instance, own_values)
    for accessor in groups:
        if accessor in values:
            _save_group(instance, accessor, values[accessor])


def insert_with_groups(rows: Sequence[tuple[models.Model, Values]]) -> None:
    """Insert new rows of one model with their groups, with one statement per table.

    ``rows`` are pairs of an instance and its values. The result is the same as
    :func:`save_with_groups` for each.
    """
    if not rows:
        return
    model = type(rows[0][0])
    groups = owned_groups(model)
    for instance, values in rows:
        for name in values.keys() - groups.keys():
            setattr(instance, name, values[name])
    model._base_manager.bulk_create([instance for instance, _values in rows])
    for accessor in groups:
        for instance, _values in rows:
            _forget(instance, accessor)
        insert_with_groups(
            [
                (_new_group(instance, accessor), values[accessor])
                for instance, values in rows
                if values.get(accessor)
            ]
        )


def _save_row(instance: models.Model, values: Values) -> None:
    is_new = instance._state.adding
    changed = [
        name for name, value in values.items() if getattr(instance, name) != value
    ]
    for name in changed:
        setattr(instance, name, values[name])
    if is_new:
        instance.save(force_insert=True)
        for accessor in owned_groups(type(instance)):
            _forget(instance, accessor)
    elif changed:
        instance.save(update_fields=changed)


def _save_group(owner: models.Model, accessor: str, values: Values | None) -> None:
    group = get_group(owner, accessor)
    if values is None:
        if group is not None:
            group.delete()
            _forget(owner, accessor)
    elif group is not None:
        save_with_groups(group, values)
    elif values:
        save_with_groups(_new_group(owner, accessor), values)


def _new_group(owner: models.Model, accessor: str) -> Group:
    model = owned_groups(type(owner))[accessor]
    relation = owner._meta.get_field(accessor)
    assert isinstance(relation, models.OneToOneRel)
    # also caches the group on its owner
    return model(**{relation.field.name: owner})


def _forget(owner: models.Model, accessor: str) -> None:
    """Cache on ``owner`` that it has no such group, to avoid a query later."""
    relation = owner._meta.get_field(accessor)
    assert isinstance(relation, models.OneToOneRel)
    relation.set_cached_value(owner, None)
