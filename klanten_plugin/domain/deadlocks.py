"""Retry a use case after PostgreSQL has aborted its transaction by a deadlock."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

import structlog

logger = structlog.stdlib.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

TRIES = 5

AGAIN = frozenset({"40P01", "40001"})
"""SQLSTATE of deadlock_detected and serialization_failure."""


def retry_deadlocks(use_case: Callable[P, T]) -> Callable[P, T]:
    """Wrap a use case that consists of one transaction.

    Nothing is retried inside a transaction of the caller, because PostgreSQL has rolled
    that back completely.
    """

    @wraps(use_case)
    def retried(*args: P.args, **kwargs: P.kwargs) -> T:
        for left in reversed(range(TRIES)):
            try:
                return use_case(*args, **kwargs)
            except OperationalError as error:
                if not left or connection.in_atomic_block or not has_lost_race(error):
                    raise
                logger.info("transaction_retried", use_case=use_case.__name__)
        raise AssertionError("the last try returns or raises")

    return retried


def has_lost_race(error: OperationalError) -> bool:
    """Whether the transaction lost to a concurrent one, and can be retried."""
    cause = error.__cause__
    # psycopg 3, and psycopg2
    code = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return code in AGAIN
