"""Shared helpers for measuring the reading of a remote list."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from testapp.peers.wire import Reply, Request, Server
from tests.web_server import serving

PAGE = 100

Row = Callable[[str, int], dict[str, Any]]
"""Creates an object of the list, from the root of the API and its number."""


@contextmanager
def listing(size: int, row: Row) -> Iterator[int]:
    """Yield the port of a service with this number of computed objects."""

    def answer(request: Request) -> Reply:
        number = int(request.query.get("page", "1"))
        root = request.origin + request.path.rpartition("/")[0]
        first = (number - 1) * PAGE
        last = min(first + PAGE, size)
        following = f"{request.origin}{request.path}?page={number + 1}"
        body = {
            "count": size,
            "next": following if last < size else None,
            "results": [row(root, each) for each in range(first, last)],
        }
        return Reply(200, body)

    with serving(Server(answer)) as port:
        yield port


@contextmanager
def scratch_database() -> Iterator[None]:
    """Set up Django in this process, with a test database next to DATABASE_URL's."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "testapp.settings"
    os.environ["LOG_LEVEL"] = "WARNING"
    os.environ.setdefault("SECRET_KEY", "for this one process")
    import django

    django.setup()
    from django.db import connection

    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
