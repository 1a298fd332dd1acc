"""Speak HTTP for a Contactmomenten or Verzoeken API, and fail on demand."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from testapp.peers import answers
from testapp.peers.relatie_api import Answer, Api, Peer, Problem, Request
from testapp.peers.relatie_auth import Forbidden
from testapp.peers.relatie_control import CONTROL, Control
from testapp.peers.relatie_store import Invalid

HTML = b"<html><body>Dit is een andere pagina.</body></html>"

FAULT_ANSWERS = {
    "down": (500, HTML),
    "busy": (503, HTML),
    "forbidden": (403, HTML),
    "html": (200, HTML),
    "gone": (404, HTML),
    "not-allowed": (405, HTML),
    "redirect": (302, HTML),
}

FOREIGN = b'{"message": "no Route matched with those values"}'
EMPTY = b'{"count": 0, "next": null, "previous": null, "results": []}'
JSON_ANSWERS = {"foreign": (404, FOREIGN), "empty": (200, EMPTY)}
LOG_IN = "https://inloggen.example.nl/"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET  # noqa: N815

    def log_message(self, *args: Any) -> None: ...

    @property
    def peer(self) -> Peer:
        return self.server.peer

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        body = self._body()
        if parts.path.startswith(CONTROL):
            request = self._request(body, "none")
            self._send(*self._try(Control(self.peer).answer, request), mode="control")
            return
        self.peer.requests.append(f"{self.command} {self.path}")
        if explanation := self.headers.get("X-Audit-Toelichting"):
            self.peer.explanations.append(explanation)
        mode = self.peer.faults.next()
        if self._fails(mode):
            return
        request = self._request(body, mode)
        self._send(*self._try(self._authorised, request), mode=mode)

    def _body(self) -> Any:
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length).decode(errors="replace")
        try:
            return json.loads(
                self.peer.habits.inward(text, self.peer.store.root) or "{}"
            )
        except ValueError:
            return None

    def _request(self, body: Any, mode: str) -> Request:
        parts = urlsplit(self.path)
        query = [
            (name, self.peer.habits.inward(value, self.peer.store.root))
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
        ]
        origin = f"http://{self.headers.get('Host', '')}"
        return Request(self.command, parts.path, query, origin, body, mode)

    def _authorised(self, request: Request) -> Answer:
        header = self.headers.get("Authorization", "")
        self.peer.applications.check(header, request.method)
        if not isinstance(request.body, dict):
            raise Problem(400, "parse_error")
        return Api(self.peer).answer(request)

    def _try(self, answer: Callable[[Request], Answer], request: Request) -> Answer:
        try:
            return answer(request)
        except Forbidden as error:
            problem = Problem(403, error.code)
        except Invalid as error:
            problem = Problem(400, "invalid", error.params)
        except Problem as error:
            problem = error
        return problem.status, {
            "type": "about:blank",
            "code": problem.code,
            "title": problem.code,
            "status": problem.status,
            "detail": problem.code,
            "instance": "urn:uuid:00000000-0000-4000-8000-000000000000",
            "invalidParams": [
                {"name": name, "code": code, "reason": code}
                for name, code in problem.params
            ],
        }

    def _fails(self, mode: str) -> bool:
        """Answer as a fault wants it; ``False`` where the API itself answers."""
        if mode == "reset":
            self.close_connection = True
            self.connection.close()
        elif mode == "slow":
            time.sleep(self.peer.faults.seconds)
            return False
        elif mode in FAULT_ANSWERS:
            status, content = FAULT_ANSWERS[mode]
            location = LOG_IN if mode == "redirect" else ""
            self._write(status, content, "text/html", location, retry=mode == "busy")
        elif mode in JSON_ANSWERS:
            self._write(*JSON_ANSWERS[mode], "application/json")
        else:
            return False
        return True

    def _send(self, status: int, body: Any, mode: str = "none") -> None:
        text = "" if body is None else json.dumps(body)
        if mode != "control":
            text = self.peer.habits.outward(text, self.peer.store.root)
        content = text.encode()
        content_type = "application/json"
        if status >= 400:
            content_type = "application/problem+json"
        location = json.loads(content)["url"] if status == 201 else ""
        self._write(status, content, content_type, location, mode=mode)

    def _write(  # noqa: PLR0913 - what goes into an answer
        self,
        status: int,
        content: bytes,
        content_type: str,
        location: str = "",
        *,
        retry: bool = False,
        mode: str = "none",
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("API-version", self.peer.store.kind.version)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        if location:
            self.send_header("Location", location)
        if retry:
            self.send_header("Retry-After", f"{self.peer.faults.seconds:.0f}")
        if mode == "half":
            content = content[: len(content) // 2]
            self.close_connection = True
        self.end_headers()
        if self.command == "HEAD":
            return
        if mode == "drip":
            self._drip(content)
        else:
            self.wfile.write(content)

    def _drip(self, content: bytes) -> None:
        """Each wait is short; all of them together end when the other hangs up."""
        for each in content:
            self.wfile.write(bytes([each]))
            time.sleep(self.peer.faults.seconds)


class Server(answers.Server):
    """Knows the API that it speaks for."""

    def __init__(self, address: tuple[str, int], peer: Peer) -> None:
        super().__init__(address, Handler)
        self.peer = peer
