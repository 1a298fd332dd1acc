"""The Contactmomenten and Verzoeken servers behave as the reference servers do."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest

from testapp.peers.wire import Reply, Request, Server
from tests.rollen.conftest import cm, cm_process, peer, vz, vz_process
from tests.rollen.peers import CLIENT_ID, SECRET, RunningPeer, running_peer
from tests.web_server import serving

__all__ = ["cm", "cm_process", "peer", "vz", "vz_process"]

KLANT = "https://klanten.nl/api/v1/klanten/1"


def codes(response: Any) -> set[tuple[str, str]]:
    assert response.status_code == 400, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    return {(p["name"], p["code"]) for p in response.json()["invalidParams"]}


def collection(peer: RunningPeer) -> str:
    return peer.kind.relations


def test_a_relation(peer: RunningPeer) -> None:
    parent = peer.parent()
    body = {"klant": KLANT, peer.kind.parent: parent, "rol": "belanghebbende"}
    made = peer.ask("POST", collection(peer), json=body)
    assert made.status_code == 201
    assert made.headers["Location"] == made.json()["url"]
    assert made.headers["API-version"] == peer.kind.version
    assert "ETag" not in made.headers
    assert peer.ask("HEAD", made.json()["url"]).content == b""
    for method in ("PUT", "PATCH"):
        assert peer.ask(method, made.json()["url"], json=body).status_code == 405
    assert peer.ask("DELETE", made.json()["url"]).status_code == 204
    assert peer.ask("DELETE", made.json()["url"]).status_code == 404
    assert peer.ask("GET", made.json()["url"]).json()["code"] == "not_found"


def test_pages(peer: RunningPeer) -> None:
    peer.force(*[peer.row(KLANT) for _ in range(25)])
    query = f"klant={KLANT}"
    first = peer.ask("GET", f"{collection(peer)}?{query}").json()
    assert (first["count"], len(first["results"])) == (25, 10)
    assert first["next"].startswith(f"{peer.root}/{collection(peer)}?klant=")
    last = peer.ask("GET", peer.ask("GET", first["next"]).json()["next"]).json()
    assert (len(last["results"]), last["next"]) == (5, None)
    beyond = peer.ask("GET", f"{collection(peer)}?page=4")
    assert beyond.status_code == 404
    wrong = peer.ask("GET", f"{collection(peer)}?pageSize=10")
    assert codes(wrong) == {("nonFieldErrors", "unknown-parameters")}


def test_filters(cm: RunningPeer, vz: RunningPeer) -> None:
    rol = cm.ask("GET", "klantcontactmomenten?rol=initiator")
    assert codes(rol) == {("rol", "invalid_choice")}
    assert cm.ask("GET", "klantcontactmomenten?rol=belanghebbende").json()["count"] == 0
    unknown = vz.ask("GET", "klantverzoeken?rol=initiator")
    assert codes(unknown) == {("nonFieldErrors", "unknown-parameters")}


def test_klant_urls_match_byte_for_byte(peer: RunningPeer) -> None:
    wrong = peer.ask("GET", f"{collection(peer)}?klant=x")
    assert codes(wrong) == {("klant", "invalid")}
    peer.force(peer.row(KLANT))
    assert peer.ask("GET", f"{collection(peer)}?klant={KLANT}").json()["count"] == 1
    assert peer.ask("GET", f"{collection(peer)}?klant={KLANT}/").json()["count"] == 0


def test_strictness(cm: RunningPeer, vz: RunningPeer) -> None:
    contactmoment, verzoek = cm.parent(), vz.parent()
    cm.relate(KLANT, contactmoment, "belanghebbende")
    cm.relate(KLANT, contactmoment, "gesprekspartner")
    vz.relate(KLANT, verzoek, "initiator")
    again = {"klant": KLANT, "contactmoment": contactmoment, "rol": "belanghebbende"}
    assert codes(cm.ask("POST", "klantcontactmomenten", json=again)) == {
        ("nonFieldErrors", "unique")
    }
    other_rol = {"klant": KLANT, "verzoek": verzoek, "rol": "belanghebbende"}
    assert codes(vz.ask("POST", "klantverzoeken", json=other_rol)) == {
        ("nonFieldErrors", "unique")
    }
    assert codes(cm.ask("POST", "klantcontactmomenten", json={})) == {
        ("contactmoment", "required"),
        ("klant", "required"),
        ("rol", "required"),
    }
    without_rol = {"klant": KLANT, "verzoek": vz.parent(), "rol": ""}
    assert vz.ask("POST", "klantverzoeken", json=without_rol).status_code == 201


def test_deleting_a_parent_deletes_its_relations(peer: RunningPeer) -> None:
    parent = peer.parent()
    peer.relate(KLANT, parent)
    stays = peer.relate(KLANT)
    peer.delete(parent)
    assert [row["url"] for row in peer.relations()] == [stays]


def _token(**claims: Any) -> str:
    now = int(time.time())
    return jwt.encode(
        {"client_id": CLIENT_ID, "iat": now, **claims}, SECRET, algorithm="HS256"
    )


REFUSED = {
    "permission_denied": "",
    "invalid-jwt-signature": f"Bearer {_token()}x",
    "invalid-client-identifier": f"Bearer {_token(client_id='wie')}",
    "jwt-expired": f"Bearer {_token(iat=0)}",
    "jwt-decode-error": "Bearer x",
}


@pytest.mark.parametrize(("code", "header"), REFUSED.items(), ids=REFUSED)
def test_tokens(peer: RunningPeer, code: str, header: str) -> None:
    answer = peer.ask("GET", collection(peer), headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (403, code)


@pytest.mark.parametrize("peer_name", ["contactmomenten", "verzoeken"])
def test_what_is_kept_moves_along(tmp_path: Path, peer_name: str) -> None:
    """Killed with SIGKILL, and restarted on another port, as are the klanten."""
    before = "http://127.0.0.1:8000/klanten/api/v1"
    after = "http://127.0.0.1:8210/klanten/api/v1"
    options = ("--trust-klanten", f"--data={tmp_path / 'kept.json'}")
    with running_peer(peer_name, *options, f"--klanten={before}") as first:
        parent = first.parent()
        kept = first.relate(f"{before}/klanten/1", parent)
        first.delete(first.relate(f"{before}/klanten/2"))
        first.relate(KLANT)
        first.kill()
    with running_peer(peer_name, *options, f"--klanten={after}") as second:
        rows = {row["url"]: row for row in second.relations()}
        moved = kept.replace(first.root, second.root)
        assert rows[moved]["klant"] == f"{after}/klanten/1"
        assert rows[moved][second.kind.parent] == parent.replace(
            first.root, second.root
        )
        assert sorted(row["klant"] for row in rows.values()) == sorted(
            [f"{after}/klanten/1", KLANT]
        )
        assert second.ask("GET", moved).status_code == 200


# --- habits of real sources


def test_pages_of_a_large_list_overlap_and_leave_rows_out(peer: RunningPeer) -> None:
    peer.force(*[peer.row(KLANT) for _ in range(40)])
    peer.habit(unordered_above=30)
    pages = [
        peer.ask("GET", f"{collection(peer)}?page={number}").json()
        for number in range(1, 5)
    ]
    urls = [row["url"] for page in pages for row in page["results"]]
    assert {page["count"] for page in pages} == {40}
    assert len(urls) == 40
    assert len(set(urls)) < 40


def test_a_notification_goes_before_the_commit(vz: RunningPeer) -> None:
    """Reads during the delivery return the previous state."""
    vz.habit(hold=3)
    seen: list[int] = []

    def subscriber(request: Request) -> Reply:
        url = json.loads(request.body)["resourceUrl"]
        seen.append(vz.ask("GET", url).status_code)
        return Reply(204)

    with serving(Server(subscriber)) as port:
        vz.control("publish", url=f"http://127.0.0.1:{port}/")
        vz.delete(vz.relate(KLANT))
    # of the verzoek, of its relation, and of the relation's end
    assert seen == [404, 404, 200]


def test_urls_with_another_host(peer: RunningPeer) -> None:
    peer.force(*[peer.row(KLANT) for _ in range(15)])
    peer.habit(origin="http://owner.internal:8080")
    page = peer.ask("GET", collection(peer)).json()
    path = f"/api/v1/{collection(peer)}"
    assert page["next"].startswith(f"http://owner.internal:8080{path}?page=2")
    url = page["results"][0]["url"]
    assert url.startswith(f"http://owner.internal:8080{path}/")


GATEWAY = {
    "gone": (404, "text/html"),
    "not-allowed": (405, "text/html"),
    "redirect": (302, "text/html"),
    "foreign": (404, "application/json"),
    "empty": (200, "application/json"),
}


@pytest.mark.parametrize("mode", GATEWAY)
def test_odd_answers_of_gateways(peer: RunningPeer, mode: str) -> None:
    peer.fault(mode, count=1)
    answer = peer.ask("DELETE", f"{collection(peer)}/1", allow_redirects=False)
    assert (answer.status_code, answer.headers["Content-Type"]) == GATEWAY[mode]
    assert peer.ask("GET", f"{collection(peer)}/1").json()["code"] == "not_found"


def test_scopes(peer: RunningPeer) -> None:
    url = peer.relate(KLANT)
    peer.control("scopes", client_id=CLIENT_ID, methods=["GET"])
    assert peer.ask("GET", url).status_code == 200
    assert peer.ask("DELETE", url).json()["code"] == "permission_denied"
    peer.control("scopes", client_id=CLIENT_ID, methods=None)
    peer.delete(url)
