"""Insert many rows of a table in one statement, and load rows that SQL text has read.

Inserted rows are sent as one JSON text, which PostgreSQL parses. ``bulk_create``
compiles and quotes each value separately, which takes longer than everything else of an
import. COPY returns no primary keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connections, models, router

import orjson

Model = TypeVar("Model", bound=models.Model)


def columns_of(model: type[models.Model], table: str) -> str:
    """Return all columns for a statement, of a table with this alias."""
    return ", ".join(f"{table}.{field.column}" for field in model._meta.concrete_fields)


def from_row(model: type[Model], values: Sequence[Any], using: str) -> Model:
    """Return the instance with these values of :func:`columns_of`.

    ``raw()`` would take longer than the statement.
    """
    fields, connection = model._meta.concrete_fields, connections[using]
    found = [
        field.from_db_value(value, None, connection)
        if hasattr(field, "from_db_value")
        else value
        for field, value in zip(fields, values, strict=True)
    ]
    return model.from_db(using, [field.attname for field in fields], found)


def insert_rows(instances: Iterable[models.Model], key: str = "") -> None:
    """Insert new instances of one model, without signals of the model.

    ``key`` is a column with different values. If it is given, the primary keys of the
    instances are set.
    """
    rows = list(instances)
    if not rows:
        return
    model = type(rows[0])
    using = router.db_for_write(model)
    for field in _with_own_value(model):
        for row in rows:
            field.pre_save(row, add=True)
    columns, values = _columns(model)
    text = orjson.dumps(
        [dict(zip(columns, values(row), strict=True)) for row in rows]
    ).decode()
    with connections[using].cursor() as cursor:
        cursor.execute(_inserting(model, key), [text])
        keys = dict(cursor.fetchall()) if key else {}
    for row in rows:
        row._state.adding, row._state.db = False, using
        if key:
            row.pk = keys[getattr(row, key)]


@cache
def _with_own_value(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    """Return the fields that determine their value when they are saved."""
    return tuple(
        field
        for field in model._meta.concrete_fields
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    )


@cache
def _columns(
    model: type[models.Model],
) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """Return the columns without the primary key, and what reads their values."""
    fields = [each for each in model._meta.concrete_fields if not each.primary_key]
    names = [field.attname for field in fields]
    columns = tuple(str(field.column) for field in fields)
    return columns, attrgetter(*names)


@cache
def _inserting(model: type[models.Model], key: str) -> str:
    table, names = model._meta.db_table, ", ".join(_columns(model)[0])
    returning = f"RETURNING {key}, {model._meta.pk.column}" if key else ""
    return (
        f"INSERT INTO {table} ({names}) SELECT {names} "  # noqa: S608 - of names
        f"FROM json_populate_recordset(NULL::{table}, %s::json) {returning}"
    )
