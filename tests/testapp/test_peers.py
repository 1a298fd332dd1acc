"""The demo's Notificaties API is as strict as the real one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import requests

from tests.notificaties import CLIENT_ID, SECRET, Peer, running_peer

TIMEOUT = 10
URL = "https://klanten.example.nl/klanten/1"
GOOD = {
    "kanaal": "klanten",
    "hoofdObject": URL,
    "resource": "klant",
    "resourceUrl": URL,
    "actie": "create",
    "aanmaakdatum": "2026-01-02T03:04:05Z",
    "kenmerken": {"subjectType": ""},
}


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    with running_peer() as peer:
        yield peer


def token(secret: str = SECRET, client_id: str = CLIENT_ID, **options: Any) -> str:
    claims = {"client_id": client_id, "iat": datetime.now(UTC)}
    return "Bearer " + jwt.encode(claims, secret, **{"algorithm": "HS256", **options})


def ask(
    peer: Peer, method: str, path: str, body: Any = None, authorization: str = ""
) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.request(
            method,
            peer.root + path,
            json=body,
            headers={"Authorization": authorization or token()},
            timeout=TIMEOUT,
        )


def test_a_good_message_is_answered_with_itself(peer: Peer) -> None:
    response = ask(peer, "POST", "notificaties", GOOD)
    assert response.status_code == 201
    assert response.json() == GOOD
    assert peer.messages[-1] == GOOD


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        *(({name: ...}, (name, "required")) for name in GOOD if name != "kenmerken"),
        *(({name: None}, (name, "null")) for name in GOOD if name != "kenmerken"),
        ({"kanaal": ""}, ("kanaal", "blank")),
        ({"kanaal": "x" * 51}, ("kanaal", "max_length")),
        ({"hoofdObject": "geen url"}, ("hoofdObject", "invalid")),
        ({"aanmaakdatum": "gisteren"}, ("aanmaakdatum", "invalid")),
        (
            {"aanmaakdatum": (datetime.now(UTC) + timedelta(days=1)).isoformat()},
            ("aanmaakdatum", "future_not_allowed"),
        ),
        ({"kenmerken": []}, ("kenmerken", "not_a_dict")),
        ({"kenmerken": {"subjectType": None}}, ("kenmerken.subjectType", "null")),
        ({"kenmerken": {"subjectType": 5}}, ("kenmerken.subjectType", "invalid")),
        ({"kenmerken": {"x": "x" * 1001}}, ("kenmerken.x", "max_length")),
    ],
)
def test_a_bad_one_is_refused(peer: Peer, change: Any, fault: Any) -> None:
    count = len(peer.messages)
    body = {name: value for name, value in (GOOD | change).items() if value is not ...}
    response = ask(peer, "POST", "notificaties", body)
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    params = response.json()["invalidParams"]
    assert [(each["name"], each["code"]) for each in params] == [fault]
    assert len(peer.messages) == count


def test_kenmerken_may_be_missing(peer: Peer) -> None:
    body = {name: value for name, value in GOOD.items() if name != "kenmerken"}
    assert ask(peer, "POST", "notificaties", body).status_code == 201


REFUSED = {
    "Basic x": "permission_denied",
    "Bearer x": "jwt-decode-error",
    token("another secret that is long enough for HS256"): "invalid-jwt-signature",
    token(client_id="another"): "invalid-client-identifier",
    token(SECRET * 2, algorithm="HS512"): "invalid-jwt-signature",
}


@pytest.mark.parametrize(("authorization", "code"), REFUSED.items())
def test_who_has_no_good_token(peer: Peer, authorization: str, code: str) -> None:
    response = ask(peer, "POST", "notificaties", GOOD, authorization)
    assert (response.status_code, response.json()["code"]) == (403, code)


def test_kanalen(peer: Peer) -> None:
    body = {"naam": "klanten", "documentatieLink": URL, "filters": ["subject_type"]}
    created = ask(peer, "POST", "kanaal", body)
    assert created.status_code == 201
    assert ask(peer, "POST", "kanaal", body).status_code == 400
    assert ask(peer, "POST", "kanaal", {}).status_code == 400
    kanaal = created.json()
    assert ask(peer, "GET", "kanaal?naam=klanten").json() == [kanaal]
    assert ask(peer, "GET", "kanaal?naam=zaken").json() == []
    path = kanaal["url"].removeprefix(peer.root)
    changed = ask(peer, "PUT", path, body | {"filters": []})
    assert changed.json() == kanaal | {"filters": []}
    assert ask(peer, "PUT", "kanaal/elsewhere", body).status_code == 404


@pytest.mark.parametrize("path", ["", "zaken", "notificaties/1"])
def test_elsewhere_is_nothing(peer: Peer, path: str) -> None:
    assert ask(peer, "POST", path, GOOD).status_code == 404
