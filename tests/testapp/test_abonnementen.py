"""Does the demo's Notificaties API pass on what was subscribed to, as the real one does?"""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from testapp.peers import abonnementen
from tests.notificaties import Peer, running_peer
from tests.web_server import serving

from .test_peers import GOOD, ask

AUTH = "Bearer of the subscription"
PATIENCE = 20


class Callback(BaseHTTPRequestHandler):
    """Takes what has the token; each has its own list of answers to give first."""

    taken: queue.Queue[dict[str, Any]]
    answers: list[int]

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = 204 if self.headers.get("Authorization") == AUTH else 403
        if status == 204 and self.answers:
            status = self.answers.pop(0)
        if status == 204:
            self.taken.put(message)
        self.send_response(status)
        self.end_headers()

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def callback() -> Iterator[Any]:
    handler = type("Own", (Callback,), {"taken": queue.Queue(), "answers": []})
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as port:
        handler.url = f"http://127.0.0.1:{port}/callback"  # type: ignore[attr-defined]
        yield handler


@pytest.fixture
def nrc(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    monkeypatch.setattr(abonnementen, "PAUSES", (0, 0))
    with running_peer() as peer:
        for naam in ("contactmomenten", "verzoeken", "klanten"):
            assert ask(peer, "POST", "kanaal", {"naam": naam}).status_code == 201
        yield peer


def content(callback: Any, **changes: Any) -> dict[str, Any]:
    kanalen = [{"naam": "klanten", "filters": {"subjectType": "vestiging"}}]
    return {
        "callbackUrl": callback.url,
        "auth": AUTH,
        "kanalen": [*kanalen, {"naam": "verzoeken", "filters": {}}],
        **changes,
    }


def tell(peer: Peer, kanaal: str, **kenmerken: str) -> None:
    message = GOOD | {"kanaal": kanaal, "kenmerken": kenmerken}
    assert ask(peer, "POST", "notificaties", message).status_code == 201


def test_what_was_subscribed_to_is_passed_on(nrc: Peer, callback: Any) -> None:
    made = ask(nrc, "POST", "abonnement", content(callback))
    assert made.status_code == 201
    assert "auth" not in made.json()
    assert callback.taken.get(timeout=PATIENCE)["kanaal"] == "test"

    callback.answers += [500, 503]
    tell(nrc, "contactmomenten")
    tell(nrc, "klanten", subjectType="natuurlijk_persoon")
    tell(nrc, "klanten", subjectType="vestiging")
    tell(nrc, "verzoeken", bron="x")
    took = [callback.taken.get(timeout=PATIENCE) for _message in range(2)]
    assert [each["kanaal"] for each in took] == ["klanten", "verzoeken"]

    path = made.json()["url"].removeprefix(nrc.root)
    changed = content(callback, kanalen=[{"naam": "klanten", "filters": {}}])
    assert ask(nrc, "PUT", path, changed).json()["kanalen"] == changed["kanalen"]
    assert callback.taken.get(timeout=PATIENCE)["kanaal"] == "test"
    assert ask(nrc, "GET", path).json() == ask(nrc, "GET", "abonnement").json()[0]
    tell(nrc, "verzoeken")
    tell(nrc, "klanten")
    assert callback.taken.get(timeout=PATIENCE)["kanaal"] == "klanten"

    assert ask(nrc, "DELETE", path).status_code == 204
    for method in ("GET", "DELETE", "PUT"):
        assert ask(nrc, method, path, changed).status_code == 404
    assert ask(nrc, "GET", "abonnement").json() == []


REFUSED: dict[str, tuple[Any, tuple[str, str]]] = {
    "no object": ([], ("nonFieldErrors", "invalid")),
    "no auth": ({"auth": ""}, ("auth", "required")),
    "no URL": ({"callbackUrl": "hier"}, ("callbackUrl", "invalid")),
    "no list": ({"kanalen": "klanten"}, ("kanalen", "not_a_list")),
    "no kanaal": ({"kanalen": [{"naam": "x"}]}, ("kanalen", "kanaal_naam")),
    "nobody": (
        {"callbackUrl": "http://127.0.0.1:9/"},
        ("nonFieldErrors", "invalid-callback-url"),
    ),
    "another token": ({"auth": "x"}, ("nonFieldErrors", "invalid-callback-url")),
}


@pytest.mark.parametrize(("changes", "fault"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(nrc: Peer, callback: Any, changes: Any, fault: Any) -> None:
    body = content(callback, **changes) if isinstance(changes, dict) else changes
    answer = ask(nrc, "POST", "abonnement", body)
    assert answer.status_code == 400
    params = answer.json()["invalidParams"]
    assert [(each["name"], each["code"]) for each in params] == [fault]
    assert ask(nrc, "GET", "abonnement").json() == []


def test_one_that_takes_everything_is_refused(nrc: Peer, callback: Any) -> None:
    callback.do_POST = lambda self: (self.send_response(204), self.end_headers())
    answer = ask(nrc, "POST", "abonnement", content(callback))
    codes = [each["code"] for each in answer.json()["invalidParams"]]
    assert codes == ["no-auth-on-callback-url"]


def test_an_address_subscribes_once(nrc: Peer, callback: Any) -> None:
    statuses = [
        ask(nrc, "POST", "abonnement", content(callback)).status_code
        for _twice in range(2)
    ]
    assert statuses == [201, 400]
