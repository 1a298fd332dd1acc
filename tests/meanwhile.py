"""Simulate changes by another process in the middle of an operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def after_statement(part: str, action: Callable[[], object]) -> Iterator[None]:
    """Call ``action`` once, after the first statement that contains this text.

    Fails without such a statement, because then nothing was tested.
    """
    done: list[str] = []

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if part in sql and not done:
            done.append(sql)
            action()
        return result

    with connection.execute_wrapper(wrapper):
        yield
    assert done, f"no statement with {part}"
