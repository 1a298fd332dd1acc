"""``/_control/``: set faults, look inside, put in what no rule allows."""

from __future__ import annotations

from testapp.peers.relatie_api import Answer, Peer, Problem, Request
from testapp.peers.relatie_store import Row

CONTROL = "/_control/"


class Control:
    """Answers whoever stands behind the curtain; it asks for no token."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer

    def answer(self, request: Request) -> Answer:
        name = request.path.removeprefix(CONTROL)
        actions = {
            "faults": self._faults,
            "habits": self._habits,
            "scopes": self._scopes,
            "state": self._state,
            "relations": self._relations,
            "publish": self._publish,
            "secret": self._secret,
            "reset": self._reset,
        }
        if name not in actions:
            raise Problem(404, "not_found")
        return 200, actions[name](request.body)

    def _faults(self, body: Row) -> Row:
        self.peer.faults.set(body)
        return {"mode": self.peer.faults.mode}

    def _habits(self, body: Row) -> Row:
        self.peer.habits.set(body)
        return {}

    def _scopes(self, body: Row) -> Row:
        """Limit an application to these HTTP methods; all where it is null."""
        methods, client_id = self.peer.applications.methods, str(body["client_id"])
        if body.get("methods") is None:
            methods.pop(client_id, None)
        else:
            methods[client_id] = list(body["methods"])
        return {}

    def _state(self, body: Row) -> Row:
        self.peer.publisher.waiting.join()
        store = self.peer.store
        with store.lock:
            relations, parents = store.relations.all(), store.parents.all()
        return {
            "relations": relations,
            "parents": parents,
            "requests": self.peer.requests,
            "explanations": self.peer.explanations,
            "sent": self.peer.publisher.sent,
        }

    def _relations(self, body: Row) -> Row:
        return {
            "relations": [
                self.peer.store.force_relation(row) for row in body["relations"]
            ]
        }

    def _publish(self, body: Row) -> Row:
        publisher = self.peer.publisher
        publisher.dropping = bool(body.get("dropping", publisher.dropping))
        publisher.url = str(body.get("url", publisher.url))
        if "authorization" in body:
            header = str(body["authorization"])
            publisher.authorization = lambda: header
        return {"url": publisher.url, "dropping": publisher.dropping}

    def _secret(self, body: Row) -> Row:
        self.peer.applications.secrets[str(body["client_id"])] = str(body["secret"])
        return {}

    def _reset(self, body: Row) -> Row:
        """Nothing left but the applications."""
        self.peer.publisher.waiting.join()
        store = self.peer.store
        with store.lock:
            store.relations.__init__()  # type: ignore[misc]
            store.parents.__init__()  # type: ignore[misc]
        self.peer.requests.clear()
        self.peer.explanations.clear()
        self.peer.publisher.sent.clear()
        self.peer.publisher.url, self.peer.publisher.dropping = "", False
        self.peer.faults.set({"mode": "none"})
        self.peer.habits.set(
            {
                "hold": 0,
                "origin": "",
                "invisible": 0,
                "keeps_deleted": False,
                "unordered_above": None,
            }
        )
        self.peer.applications.methods.clear()
        return {}
