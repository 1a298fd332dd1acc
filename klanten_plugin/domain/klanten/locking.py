"""Lock a klant, and load it with its groups."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connections, models, router

from ...models import Klant, NhrState
from ...models.groups import set_group
from .reading import klant_of, klant_statement

# as SQL text, because compiling the queryset takes longer than executing it
LOCK = f"SELECT 1 FROM {Klant._meta.db_table} WHERE id = %s FOR UPDATE"  # noqa: S608 - a name


def lock_klant(klant: Klant | int) -> Klant:
    """Lock a klant, given as instance or key, until the end of the transaction.

    It is loaded with its groups and ``nhr_state``. Raises ``Klant.DoesNotExist``.

    This takes two statements. Under READ COMMITTED, a statement that waits for the lock
    sees the latest klant, but joined rows as of the start of the statement.
    """
    pk = klant.pk if isinstance(klant, Klant) else klant
    # regardless of database routers for reads
    using = router.db_for_write(Klant)
    with connections[using].cursor() as cursor:
        for statement in (LOCK, _statement()):
            cursor.execute(statement, [pk])
            row = cursor.fetchone()
            if row is None:
                raise Klant.DoesNotExist
    found = klant_of(row, using)
    state = row[-len(_state_fields()) :]
    has_state = state[0] is not None
    set_group(found, "nhr_state", state_of_row(state, using) if has_state else None)
    return found


@cache
def _statement() -> str:
    columns = state_columns("state")
    return (
        f"SELECT found.*, {columns} "  # noqa: S608 - names
        f"FROM ({klant_statement()} WHERE klant.id = %s) found "
        f"LEFT JOIN {NhrState._meta.db_table} state ON state.klant_id = found.id"
    )


def state_columns(table: str) -> str:
    """Return the columns of a state for a statement that :func:`state_of_row` reads."""
    return ", ".join(f"{table}.{field.column}" for field in _state_fields())


def state_of_row(values: Sequence[Any], using: str) -> NhrState:
    """Return the state with these values of :func:`state_columns`."""
    fields, connection = _state_fields(), connections[using]
    found = [
        field.from_db_value(value, None, connection)
        if hasattr(field, "from_db_value")
        else value
        for field, value in zip(fields, values, strict=True)
    ]
    return NhrState.from_db(using, [field.attname for field in fields], found)


def _state_fields() -> tuple[models.Field[Any, Any], ...]:
    return tuple(NhrState._meta.concrete_fields)
