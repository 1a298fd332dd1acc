"""A Contactmomenten or Verzoeken API with faults and the habits of real servers."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field, replace
from typing import Any

from testapp.peers import relaties
from testapp.peers.relatie_store import Kind
from testapp.peers.relaties import link
from testapp.peers.tokens import Body, Problem, bearer
from testapp.peers.wire import Reply, Request, post
from tests.peers.control import Controlled, Faulty
from tests.peers.habits import Habits
from tests.peers.rows import UnorderedRows

ELSEWHERE = "http://elders.example.nl"


@dataclass
class Publisher(relaties.Publisher):
    """Records the responses. ``dropping``: nothing is sent."""

    authorization: str = ""
    dropping: bool = False
    sent: list[Body] = field(default_factory=list)

    def send(self, message: Body) -> None:
        if self.url and not self.dropping:
            header = self.authorization or bearer(self.credentials)
            status = post(self.url, message, header)
            self.sent.append({"message": message, "status": status})


class Relaties(Controlled, relaties.Relaties):
    """Behaves as its habits and faults say."""

    # `next` is on another host, or the page itself; every page is the first one with a
    # `next`; the list ends after a page; each page has another order
    own_faults = ("next-elsewhere", "next-self", "endless", "truncated", "shuffle")

    publisher: Publisher

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind, Publisher())
        self._empty()
        self.habits = Habits()
        self.explanations: list[str] = []
        self.methods: dict[str, list[str] | None] = {}

    def check(self, request: Request) -> None:
        """Check the scopes, too, and record the reason that a consumer states."""
        client = self.applications.check(request.headers.get("Authorization", ""))
        allowed = self.methods.get(client)
        if allowed is not None and request.method not in allowed:
            raise Problem(403, "permission_denied")
        if explanation := request.headers.get("X-Audit-Toelichting"):
            self.explanations.append(explanation)

    def parse(self, request: Request) -> Any:
        """Return the content, with our own URLs instead of those that others use."""
        inward = self.habits.inward(request.body.decode(), self.store.root)
        return super().parse(replace(request, body=inward.encode()))

    def filters(self, request: Request) -> dict[str, str]:
        return {
            name: self.habits.inward(value, self.store.root)
            for name, value in super().filters(request).items()
        }

    def finish(self, reply: Any) -> Reply:
        """Replace our own URLs with those that others use."""
        reply = super().finish(reply)
        if reply.content is None:
            return reply
        headers = {name: self._outward(text) for name, text in reply.headers.items()}
        text = self._outward(json.dumps(reply.content))
        return replace(reply, content=text.encode(), headers=headers)

    def page(self, rows: list[Body], request: Request) -> Body:
        assert isinstance(request, Faulty)
        fault = request.fault
        if fault == "shuffle":
            rows = random.sample(rows, len(rows))
        is_filtered = bool(self.filters(request))
        rows = self.habits.scanned(rows, is_filtered=is_filtered)
        if fault == "endless":
            return self._endless(rows, request)
        page = super().page(rows, request)
        if fault == "truncated":
            page["next"] = None
        elif fault == "next-elsewhere":
            page["next"] = f"{ELSEWHERE}{request.path}?page=2"
        elif fault == "next-self":
            page["next"] = link(request, int(request.query.get("page", "1")))
        return page

    def remove(self, request: Request, collection: str, key: str) -> Reply:
        if self.habits.keeps_deleted:
            self.show(request, collection, key)
            return Reply(204)
        return super().remove(request, collection, key)

    def tell(self, message: Body) -> None:
        """Notify, and keep the transaction open if so configured."""
        super().tell(json.loads(self._outward(json.dumps(message))))
        if self.habits.hold:
            self.publisher.waiting.join()
            self.habits.wait_before_commit()

    def control_habits(self, body: Body) -> Body:
        self.habits = replace(self.habits, **body)
        return {}

    def control_scopes(self, body: Body) -> Body:
        """Limit an application to these HTTP methods. ``null`` allows all."""
        self.methods[body["client_id"]] = body["methods"]
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
        made = [self.store.insert_relation(row) for row in body["relations"]]
        return {"relations": made}

    def control_publish(self, body: Body) -> Body:
        for name, value in body.items():
            setattr(self.publisher, name, value)
        return {}

    def control_reset(self, body: Body) -> Body:
        """Remove everything except the applications."""
        self.publisher.waiting.join()
        with self.store.lock:
            self._empty()
        for each in (self.requests, self.explanations, self.publisher.sent):
            each.clear()
        self.publisher.url, self.publisher.dropping = "", False
        self.faults.put([])
        self.habits = Habits()
        self.methods.clear()
        return {}

    def _empty(self) -> None:
        self.store.parents, self.store.relations = UnorderedRows(), UnorderedRows()

    def _outward(self, text: str) -> str:
        return self.habits.outward(text, self.store.root)

    def _endless(self, rows: list[Body], request: Request) -> Body:
        number = int(request.query.get("page", "1"))
        return {
            "count": len(rows),
            "next": link(request, number + 1),
            "previous": link(request, number - 1) if number > 1 else None,
            "results": rows[: self.page_size],
        }
