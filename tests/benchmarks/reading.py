"""What measurements of reading a remote list share: the list, and a database."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from testapp.peers.answers import Server
from tests.web_server import serving

PAGE = 100

Row = Callable[[str, int], dict[str, Any]]
"""Makes an object of the list, of the root of the API and its number."""


class Source(BaseHTTPRequestHandler):
    """A list whose objects are computed, not stored."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    size = 0
    row: Row

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        number = int(parse_qs(parts.query).get("page", ["1"])[0])
        origin = f"http://127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]
        root = origin + parts.path.rpartition("/")[0]
        first = (number - 1) * PAGE
        last = min(first + PAGE, self.size)
        body = {
            "count": self.size,
            "next": f"{origin}{parts.path}?page={number + 1}"
            if last < self.size
            else None,
            "results": [type(self).row(root, n) for n in range(first, last)],
        }
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None: ...


@contextmanager
def listing(size: int, row: Row) -> Iterator[int]:
    """The port of a service with so many objects."""
    handler = type("Sized", (Source,), {"size": size, "row": staticmethod(row)})
    with serving(Server(("127.0.0.1", 0), handler)) as port:
        yield port


@contextmanager
def scratch_database() -> Iterator[None]:
    """Django in this very process, with a test database beside that of DATABASE_URL."""
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
