"""A Contactmomenten or Verzoeken API, like the reference servers.

Pages of 100 without an order, strict parameters, no ETag, no PUT. The differences
between the two are in a :class:`Kind`, in :mod:`.contactmomenten` and
:mod:`.verzoeken`.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from testapp.peers.habits import Habits
from testapp.peers.relatie_store import Kind, Rows, Store
from testapp.peers.standin import StandIn, route
from testapp.peers.tokens import Applications, Body, Problem, bearer
from testapp.peers.wire import Background, Reply, Request, post

ROOT = "/api/v1"
PAGE_SIZE = 100
"""Resources of the reference servers that can't be changed."""

ELSEWHERE = "http://elders.example.nl"
URL = re.compile(r"https?://[^\s/]+\.?[^\s]*")


@dataclass
class Publisher:
    """Sends notifications in the background, one by one, as ``client_id=secret``.

    ``url`` is the address for the POST: the `notificaties` of a Notificaties API, or a
    callback.
    """

    url: str = ""
    credentials: str = ""
    authorization: str = ""
    dropping: bool = False
    sent: list[Body] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.waiting = Background(self._send)

    def tell(self, message: Body) -> None:
        now = datetime.now(tz=UTC).isoformat()
        self.waiting.put({**message, "aanmaakdatum": now})

    def _send(self, message: Body) -> None:
        if self.url and not self.dropping:
            header = self.authorization or bearer(self.credentials)
            status = post(self.url, message, header)
            self.sent.append({"message": message, "status": status})


class Relaties(StandIn):
    """Responds from its store, with the habits of real sources of relations."""

    # `next` is on another host, or the page itself; every page is the first one with a
    # `next`; the list ends after a page; each page has another order
    own_faults = ("next-elsewhere", "next-self", "endless", "truncated", "shuffle")

    def __init__(
        self, kind: Kind, applications: Applications, publisher: Publisher
    ) -> None:
        super().__init__(applications)
        self.kind, self.publisher = kind, publisher
        self.headers = {"API-version": kind.version}
        self.store = Store(kind, self._tell)
        self.habits = Habits()
        self.explanations: list[str] = []
        self.page_size = PAGE_SIZE

    def started(self, origin: str) -> None:
        """Set its own address, and print it."""
        self.store.root = f"{origin}{ROOT}"
        self.store.load()
        print(self.store.root, flush=True)  # noqa: T201 - says that it listens, and where

    def check(self, request: Request) -> None:
        super().check(request)
        if explanation := request.headers.get("X-Audit-Toelichting"):
            self.explanations.append(explanation)

    def _content(self, request: Request) -> Body:
        inward = self.habits.inward(request.body.decode(), self.store.root)
        body = self.parse(replace(request, body=inward.encode()))
        if not isinstance(body, dict):
            raise Problem(400, "parse_error")
        return body

    def finish(self, reply: Any) -> Reply:
        """Replace our URLs with those that others use."""
        reply = super().finish(reply)
        if reply.content is None:
            return reply
        text = self.habits.outward(json.dumps(reply.content), self.store.root)
        url = json.loads(text).get("url", "")
        headers = {"Location": url} if reply.status == 201 else {}
        return replace(reply, content=text.encode(), headers=headers)

    @route("GET", f"{ROOT}/{{collection}}")
    def list_rows(self, request: Request, collection: str) -> Body:
        rows = self._rows(collection).all()
        if collection == self.kind.relations:
            rows = self._filtered(rows, request)
        return self._page(rows, request)

    @route("POST", f"{ROOT}/{{collection}}")
    def add(self, request: Request, collection: str) -> Reply:
        self._rows(collection)
        is_relation = collection == self.kind.relations
        save = self.store.add_relation if is_relation else self.store.add_parent
        return Reply(201, save(self._content(request)))

    @route("GET", f"{ROOT}/{{collection}}/{{key}}")
    def show(self, request: Request, collection: str, key: str) -> Body:
        row = self._rows(collection).get(key)
        if row is None:
            raise Problem(404, "not_found")
        return row

    @route("DELETE", f"{ROOT}/{{collection}}/{{key}}")
    def remove(self, request: Request, collection: str, key: str) -> Reply:
        self.show(request, collection, key)
        is_relation = collection == self.kind.relations
        remove = self.store.remove_relation if is_relation else self.store.remove_parent
        if not self.habits.keeps_deleted:
            remove(key)
        return Reply(204)

    def _rows(self, collection: str) -> Rows:
        rows = {self.kind.parents: self.store.parents}
        rows[self.kind.relations] = self.store.relations
        if collection not in rows:
            raise Problem(404, "not_found")
        return rows[collection]

    def _filtered(self, rows: list[Body], request: Request) -> list[Body]:
        filters = {
            name: self.habits.inward(value, self.store.root)
            for name, value in request.query.items()
            if name != "page"
        }
        if filters.keys() - set(self.kind.filters):
            raise Problem(400, "invalid", [("nonFieldErrors", "unknown-parameters")])
        params = [
            (name, "invalid_choice" if name == "rol" else "invalid")
            for name, value in filters.items()
            if value and not self._is_valid(name, value)
        ]
        if params:
            raise Problem(400, "invalid", params)
        return [
            row
            for row in rows
            if all(row.get(name) == value for name, value in filters.items() if value)
        ]

    def _is_valid(self, name: str, value: str) -> bool:
        if name == "rol":
            return value in self.kind.choices["rol"]
        return bool(URL.fullmatch(value))

    def _page(self, rows: list[Body], request: Request) -> Body:
        text = request.query.get("page", "1")
        if not text.isdigit() or int(text) < 1:
            raise Problem(404, "not_found")
        number, fault = int(text), request.fault
        if fault == "shuffle":
            rows = random.sample(rows, len(rows))
        rows = self.habits.scanned(
            rows, is_filtered=bool(request.query.keys() - {"page"})
        )
        first = 0 if fault == "endless" else (number - 1) * self.page_size
        last = first + self.page_size
        if number > 1 and not rows[first:last]:
            raise Problem(404, "not_found")
        is_more = fault == "endless" or (last < len(rows) and fault != "truncated")
        following = _link(request, number + 1) if is_more else None
        if fault == "next-elsewhere":
            following = f"{ELSEWHERE}{request.path}?page=2"
        elif fault == "next-self":
            following = _link(request, number)
        return {
            "count": len(rows),
            "next": following,
            "previous": _link(request, number - 1) if number > 1 else None,
            "results": rows[first:last],
        }

    def _tell(self, message: Body) -> None:
        """Notify, and keep the transaction open if so configured."""
        outward = self.habits.outward(json.dumps(message), self.store.root)
        self.publisher.tell(json.loads(outward))
        if self.habits.hold:
            self.publisher.waiting.join()
            self.habits.wait_before_commit()

    def control_habits(self, body: Body) -> Body:
        self.habits = replace(self.habits, **body)
        return {}

    def control_scopes(self, body: Body) -> Body:
        """Limit an application to these HTTP methods. ``null`` allows all."""
        self.applications.methods[body["client_id"]] = body["methods"]
        return {}

    def control_secret(self, body: Body) -> Body:
        """Change the secret of an application."""
        self.applications.secrets[body["client_id"]] = body["secret"]
        return {}

    def control_state(self, body: Body) -> Body:
        self.publisher.waiting.join()
        with self.store.lock:
            return super().control_state(body) | {
                "relations": self.store.relations.all(),
                "parents": self.store.parents.all(),
                "explanations": self.explanations,
                "sent": self.publisher.sent,
            }

    def control_relations(self, body: Body) -> Body:
        """Add relations that violate the rules."""
        made = [self.store.force_relation(row) for row in body["relations"]]
        return {"relations": made}

    def control_publish(self, body: Body) -> Body:
        for name, value in body.items():
            setattr(self.publisher, name, value)
        return {}

    def control_reset(self, body: Body) -> Body:
        """Remove everything except the applications."""
        self.publisher.waiting.join()
        self.store.clear()
        for each in (self.requests, self.explanations, self.publisher.sent):
            each.clear()
        self.publisher.url, self.publisher.dropping = "", False
        self.faults.put([])
        self.habits = Habits()
        self.applications.methods.clear()
        return {}


def _link(request: Request, number: int) -> str:
    query = {name: value for name, value in request.query.items() if name != "page"}
    if number > 1:
        query["page"] = str(number)
    link = f"{request.origin}{request.path}"
    return f"{link}?{urlencode(query)}" if query else link
