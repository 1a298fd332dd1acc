"""Transactions of the outbox, independent of the isolation level of the host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, transaction

from ...domain.deadlocks import has_lost_race

READ_COMMITTED = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"


def execute_alone(
    statement: str, parameters: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Execute one statement in its own transaction, and return its rows.

    Uses autocommit, because begin, set and commit would add three round trips per
    statement. After a serialization failure under REPEATABLE READ it is executed again
    in :func:`own_transaction`. Raises the same exceptions.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.get_autocommit() and not connection.in_atomic_block:
        try:
            return _execute(statement, parameters)
        except OperationalError as error:
            if not has_lost_race(error):
                raise
    with own_transaction():
        return _execute(statement, parameters)


def _execute(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


@contextmanager
def own_transaction() -> Iterator[None]:
    """Open an outermost transaction under READ COMMITTED.

    REPEATABLE READ can be the default of a host, its database or its role. Under that,
    two workers that claim rows concurrently would get a serialization failure instead
    of two rows.

    Raises :class:`RuntimeError` within another transaction, because a claim must be
    committed before the remote is called.
    """
    with transaction.atomic(DEFAULT_DB_ALIAS, durable=True):
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(READ_COMMITTED)
        yield
