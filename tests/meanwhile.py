"""What another process does in the database while something of ours is half way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def after_statement(part: str, action: Callable[[], object]) -> Iterator[None]:
    """Call ``action`` once, after the first statement that has this text in it.

    Fails where there was no such statement: then nothing was tested.
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
