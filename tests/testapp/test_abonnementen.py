"""The demo's Notificaties API delivers to subscribers like the real one."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from testapp.peers import notificaties
from testapp.peers.wire import Reply, Request, Server
from tests.notificaties import Peer, running_peer
from tests.web_server import serving

from .test_peers import GOOD, ask

AUTH = "Bearer of the subscription"
PATIENCE = 20


@dataclass
class Callback:
    """Accepts requests with the token. ``answers`` are statuses to return first."""

    url: str = ""
    taken: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)
    answers: list[int] = field(default_factory=list)
    takes_everything: bool = False

    def __call__(self, request: Request) -> Reply:
        is_ours = request.headers.get("Authorization") == AUTH
        status = 204 if is_ours or self.takes_everything else 403
        if status == 204 and self.answers:
            status = self.answers.pop(0)
        if status == 204:
            self.taken.put(json.loads(request.body))
        return Reply(status)


@pytest.fixture
def callback() -> Iterator[Callback]:
    callback = Callback()
    with serving(Server(callback)) as port:
        callback.url = f"http://127.0.0.1:{port}/callback"
        yield callback


@pytest.fixture
def nrc(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    monkeypatch.setattr(notificaties, "PAUSES", (0, 0))
    with running_peer() as peer:
        for naam in ("contactmomenten", "verzoeken", "klanten"):
            assert ask(peer, "POST", "kanaal", {"naam": naam}).status_code == 201
        yield peer


def content(callback: Callback, **changes: Any) -> dict[str, Any]:
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


def test_what_was_subscribed_to_is_passed_on(nrc: Peer, callback: Callback) -> None:
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
    tell(nrc, "verzoeken")
    tell(nrc, "klanten")
    assert callback.taken.get(timeout=PATIENCE)["kanaal"] == "klanten"

    assert ask(nrc, "DELETE", path).status_code == 204
    for method in ("DELETE", "PUT"):
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
def test_what_is_refused(
    nrc: Peer, callback: Callback, changes: Any, fault: Any
) -> None:
    body = content(callback, **changes) if isinstance(changes, dict) else changes
    answer = ask(nrc, "POST", "abonnement", body)
    assert answer.status_code == 400
    params = answer.json()["invalidParams"]
    assert [(each["name"], each["code"]) for each in params] == [fault]
    assert ask(nrc, "GET", "abonnement").json() == []


def test_one_that_takes_everything_is_refused(nrc: Peer, callback: Callback) -> None:
    callback.takes_everything = True
    answer = ask(nrc, "POST", "abonnement", content(callback))
    codes = [each["code"] for each in answer.json()["invalidParams"]]
    assert codes == ["no-auth-on-callback-url"]


def test_an_address_subscribes_once(nrc: Peer, callback: Callback) -> None:
    statuses = [
        ask(nrc, "POST", "abonnement", content(callback)).status_code
        for _twice in range(2)
    ]
    assert statuses == [201, 400]
