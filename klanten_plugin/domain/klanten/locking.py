"""Lock a klant, and load it with its groups."""

from __future__ import annotations

from functools import cache

from django.db import connections, router

from ...models import Klant, NhrState
from ...models.groups import set_group
from ..rows import columns_of, from_row
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
    values = row[-len(NhrState._meta.concrete_fields) :]
    state = None if values[0] is None else from_row(NhrState, values, using)
    set_group(found, "nhr_state", state)
    return found


@cache
def _statement() -> str:
    return (
        f"SELECT found.*, {columns_of(NhrState, 'state')} "  # noqa: S608 - names
        f"FROM ({klant_statement()} WHERE klant.id = %s) found "
        f"LEFT JOIN {NhrState._meta.db_table} state ON state.klant_id = found.id"
    )
