"""Save a row together with the groups that it owns.

In the values of a write, an absent group is kept, ``None`` removes the group, and a
mapping updates or creates it. An empty mapping changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connections, models, router

from ...models.groups import (
    Group,
    get_group,
    owned_groups,
    owner_field,
    set_group,
)
from ..rows import insert_rows

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


@dataclass(frozen=True)
class _NewRow:
    """A row to insert, with the place of its owner among the rows, and its reference."""

    instance: models.Model
    owner: int | None = None
    reference: str = ""

    @property
    def shape(self) -> tuple[type[models.Model], int | None, str]:
        return type(self.instance), self.owner, self.reference


def insert_new(instance: models.Model, values: Values) -> None:
    """Insert a new row with its groups in one statement, without signals of models.

    The result is the same as of :func:`save_with_groups`, which takes a round trip and
    the ORM's compiler for each row.
    """
    using = router.db_for_write(type(instance))
    rows = [_NewRow(instance)]
    _fill(rows, 0, values)
    parameters = [
        field.get_db_prep_save(getattr(row.instance, field.attname), connections[using])
        for row in rows
        for field in _own_fields(type(row.instance))
    ]
    with connections[using].cursor() as cursor:
        cursor.execute(_inserting(tuple(row.shape for row in rows)), parameters)
        keys = cursor.fetchone()
    for row, key in zip(rows, keys, strict=True):
        row.instance.pk = key
        row.instance._state.adding, row.instance._state.db = False, using
        if row.owner is not None:
            setattr(row.instance, row.reference, keys[row.owner])


def _fill(rows: list[_NewRow], place: int, values: Values) -> None:
    """Set the values of the row at this place, and add its groups behind it."""
    instance = rows[place].instance
    groups = owned_groups(type(instance))
    for name in values.keys() - groups.keys():
        setattr(instance, name, values[name])
    for accessor in groups:
        set_group(instance, accessor, None)
        if values.get(accessor):
            group = _new_group(instance, accessor)
            rows.append(_NewRow(group, place, owner_field(instance, accessor).attname))
            _fill(rows, len(rows) - 1, values[accessor])


@cache
def _own_fields(model: type[models.Model]) -> list[Any]:
    """Return the fields without the primary key and the references to owners."""
    fields = model._meta.concrete_fields
    return [each for each in fields if not (each.primary_key or each.is_relation)]


@cache
def _inserting(shapes: tuple[tuple[type[models.Model], int | None, str], ...]) -> str:
    """Return the statement that inserts rows of these tables, and gives their keys."""
    inserts = []
    for place, (model, owner, reference) in enumerate(shapes):
        columns = [field.column for field in _own_fields(model)]
        values = ["%s"] * len(columns)
        if owner is not None:
            columns.append(reference)  # the name of its column as well
            values.append(f"(SELECT id FROM row_{owner})")  # noqa: S608 - a number
        inserts.append(
            f"row_{place} AS (INSERT INTO {model._meta.db_table} ({', '.join(columns)})"  # noqa: S608 - of names
            f" VALUES ({', '.join(values)}) RETURNING id)"
        )
    keys = [f"(SELECT id FROM row_{n})" for n in range(len(shapes))]  # noqa: S608
    return f"WITH {', '.join(inserts)} SELECT {', '.join(keys)}"


def insert_with_groups(
    rows: Sequence[tuple[models.Model, Values]], key: str = "uuid"
) -> None:
    """Insert new rows of one model with their groups, with one statement per table.

    ``rows`` are pairs of an instance and its values. ``key`` is a column with different
    values. The result is the same as :func:`save_with_groups` for each, without signals
    of models.
    """
    if not rows:
        return
    model = type(rows[0][0])
    groups = owned_groups(model)
    for instance, values in rows:
        for name in values.keys() - groups.keys():
            setattr(instance, name, values[name])
    insert_rows((instance for instance, _values in rows), key)
    for accessor in groups:
        for instance, _values in rows:
            set_group(instance, accessor, None)
        insert_with_groups(
            [
                (_new_group(instance, accessor), values[accessor])
                for instance, values in rows
                if values.get(accessor)
            ],
            owner_field(model, accessor).attname,
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
            set_group(instance, accessor, None)
    elif changed:
        instance.save(update_fields=changed)


def _save_group(owner: models.Model, accessor: str, values: Values | None) -> None:
    group = get_group(owner, accessor)
    if values is None:
        if group is not None:
            group.delete()
            set_group(owner, accessor, None)
    elif group is not None:
        save_with_groups(group, values)
    elif values:
        save_with_groups(_new_group(owner, accessor), values)


def _new_group(owner: models.Model, accessor: str) -> Group:
    model = owned_groups(type(owner))[accessor]
    # also caches the group on its owner
    return model(**{owner_field(owner, accessor).name: owner})
