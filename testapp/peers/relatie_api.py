"""What does the API answer, as the reference servers do?

What they do and don't do is described in their OpenAPI documents, and better by their
behaviour: pages of 100 without an order, strict parameters, no ETag, no PUT.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from testapp.peers.relatie_auth import Applications
from testapp.peers.relatie_faults import Faults
from testapp.peers.relatie_habits import Habits
from testapp.peers.relatie_publisher import Publisher
from testapp.peers.relatie_store import Params, Row, Store, key_of

ROOT = "/api/v1"
PAGE_SIZE = 100
"""What the reference servers have, and don't let anybody change."""

ELSEWHERE = "http://elders.example.nl"
URL = re.compile(r"https?://[^\s/]+\.?[^\s]*")


@dataclass
class Problem(Exception):
    """An error, to be answered in the suite's format."""

    status: int
    code: str
    params: Params = field(default_factory=list)


@dataclass
class Peer:
    """One API with all that belongs to it."""

    store: Store
    applications: Applications
    publisher: Publisher
    faults: Faults = field(default_factory=Faults)
    habits: Habits = field(default_factory=Habits)
    requests: list[str] = field(default_factory=list)
    explanations: list[str] = field(default_factory=list)
    page_size: int = PAGE_SIZE


@dataclass
class Request:
    """What is asked."""

    method: str
    path: str
    query: list[tuple[str, str]]
    origin: str
    body: Row
    mode: str


Answer = tuple[int, Any]


class Api:
    """Answers requests from the store."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.kind = peer.store.kind

    def answer(self, request: Request) -> Answer:
        """Status and body; raises :class:`Problem`, and ``Invalid`` of the store."""
        collection, _slash, key = request.path.removeprefix(f"{ROOT}/").partition("/")
        known = {self.kind.parents: self._parents, self.kind.relations: self._relations}
        if not request.path.startswith(f"{ROOT}/") or collection not in known:
            raise Problem(404, "not_found")
        method = "GET" if request.method == "HEAD" else request.method
        return known[collection](method, key, request)

    def _parents(self, method: str, key: str, request: Request) -> Answer:
        store = self.peer.store
        if method == "POST" and not key:
            return 201, store.add_parent(request.body)
        if method == "GET" and not key:
            return 200, self._page(store.parents.all(), request)
        return self._one(method, store.parents.get(key), store.remove_parent)

    def _relations(self, method: str, key: str, request: Request) -> Answer:
        store = self.peer.store
        if method == "POST" and not key:
            return 201, store.add_relation(request.body)
        if method == "GET" and not key:
            return 200, self._list(request)
        return self._one(method, store.relations.get(key), store.remove_relation)

    def _one(
        self, method: str, row: Row | None, remove: Callable[[str], bool]
    ) -> Answer:
        if method not in {"GET", "DELETE"}:
            raise Problem(405, "method_not_allowed")
        if row is None:
            raise Problem(404, "not_found")
        if method == "GET":
            return 200, row
        if not self.peer.habits.keeps_deleted and not remove(key_of(row)):
            raise Problem(404, "not_found")
        return 204, None

    def _list(self, request: Request) -> Row:
        filters = dict(request.query)
        unknown = filters.keys() - {*self.kind.filters, "page"}
        if unknown:
            raise Problem(400, "invalid", [("nonFieldErrors", "unknown-parameters")])
        filters.pop("page", None)
        params = [
            (name, "invalid" if name != "rol" else "invalid_choice")
            for name, value in filters.items()
            if not self._is_valid(name, value)
        ]
        if params:
            raise Problem(400, "invalid", params)
        with self.peer.store.lock:
            rows = self.peer.store.relations.all()
        found = [
            row
            for row in rows
            if all(row.get(name) == value for name, value in filters.items() if value)
        ]
        return self._page(found, request)

    def _is_valid(self, name: str, value: str) -> bool:
        if name == "rol":
            return value in ("", *self.kind.choices["rol"])
        return not value or bool(URL.fullmatch(value))

    def _page(self, rows: list[Row], request: Request) -> Row:
        number = self._page_number(request)
        if request.mode == "shuffle":
            rows = random.sample(rows, len(rows))
        rows = self.peer.habits.scanned(rows, is_filtered=self._is_filtered(request))
        shown = 1 if request.mode == "endless" else number
        size = self.peer.page_size
        first = (shown - 1) * size
        page = rows[first : first + size]
        if number > 1 and not page:
            raise Problem(404, "not_found")
        following = first + size < len(rows) or request.mode == "endless"
        if request.mode == "truncated":
            following = False
        result = {
            "count": len(rows),
            "next": self._link(request, number + 1) if following else None,
            "previous": self._link(request, number - 1) if number > 1 else None,
            "results": page,
        }
        if request.mode == "next-elsewhere":
            result["next"] = f"{ELSEWHERE}{request.path}?page=2"
        elif request.mode == "next-self":
            result["next"] = self._link(request, number)
        return result

    def _is_filtered(self, request: Request) -> bool:
        return any(name != "page" for name, _value in request.query)

    def _page_number(self, request: Request) -> int:
        text = dict(request.query).get("page", "1")
        if not text.isdigit() or int(text) < 1:
            raise Problem(404, "not_found")
        return int(text)

    def _link(self, request: Request, number: int) -> str:
        query = [(name, value) for name, value in request.query if name != "page"]
        if number > 1:
            query.append(("page", str(number)))
        link = f"{request.origin}{request.path}"
        return f"{link}?{urlencode(query)}" if query else link
