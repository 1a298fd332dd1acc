"""Transactions of the outbox, the same in every host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, transaction

READ_COMMITTED = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"

LOST_RACES = {"40001", "40P01"}
"""SQLSTATE of a serialization failure and of a deadlock."""


def execute_alone(
    statement: str, parameters: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Execute one statement as a transaction of its own; return its rows.

    In autocommit, since each row of the outbox takes several: begin, set and commit would
    be three more round trips. Only where REPEATABLE READ makes it lose a race it is
    executed again in :func:`own_transaction`. Raises as that does.
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


def has_lost_race(error: OperationalError) -> bool:
    """Whether the statement would do, executed once more."""
    return getattr(error.__cause__, "sqlstate", None) in LOST_RACES


def _execute(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


@contextmanager
def own_transaction() -> Iterator[None]:
    """Open an outermost transaction that sees what others commit in the meantime.

    A host, its database or its role may have REPEATABLE READ as default. There, two
    workers that look for a row at the same moment would get a serialization failure
    instead of two rows.

    Raises :class:`RuntimeError` within another transaction: a claim must be committed
    before the remote is called.
    """
    with transaction.atomic(DEFAULT_DB_ALIAS, durable=True):
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(READ_COMMITTED)
        yield
