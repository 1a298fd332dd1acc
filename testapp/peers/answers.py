"""What the peers have in common: a server, JSON and problems, and tokens (HS256)."""

from __future__ import annotations

import json
import signal
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

MOST_BYTES = 1024 * 1024
LEEWAY = 60
"""Seconds that the clock of a client may be wrong."""


@dataclass(frozen=True)
class Credentials:
    """Client ID and secret of who may speak to a peer; without any everybody may."""

    secrets: Mapping[str, str]

    def accept(self, authorization: str) -> bool:
        """Whether this header has a token of a client, made with its own secret."""
        if not self.secrets:
            return True
        scheme, _, token = authorization.partition(" ")
        return scheme == "Bearer" and any(
            self._claims(token, secret).get("client_id") == client_id
            for client_id, secret in self.secrets.items()
        )

    def _claims(self, token: str, secret: str) -> dict[str, Any]:
        try:
            return jwt.decode(token, secret, algorithms=["HS256"], leeway=LEEWAY)
        except jwt.InvalidTokenError:
            return {}


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a body, as ``invalidParams`` names it."""

    name: str
    code: str
    reason: str


class Server(ThreadingHTTPServer):
    """Answers each request in a thread; ends when it is told to."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *args: Any) -> None:
        """Whoever asked has hung up: the others don't care."""

    def serve_until_stopped(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self._stop)
        self.serve_forever(0.1)
        self.server_close()

    def _stop(self, *_: object) -> None:
        # from another thread: this one is the one that serves
        threading.Thread(target=self.shutdown).start()


class Handler(BaseHTTPRequestHandler):
    """One request: what was asked, and the ways to answer it."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    # a header and its body in two packets would wait for each other
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, *args: Any) -> None:
        """A query can hold personal data: each peer tells what it may tell."""

    @property
    def path_asked(self) -> str:
        return urlsplit(self.path).path

    @property
    def query(self) -> dict[str, str]:
        return {
            name: values[-1]
            for name, values in parse_qs(urlsplit(self.path).query).items()
        }

    def read_body(self) -> bytes:
        """The body, as far as it is of a reasonable size."""
        length = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(min(length, MOST_BYTES))

    def send_json(self, status: int, content: Any) -> None:
        self.send_bytes(status, json.dumps(content).encode(), "application/json")

    def send_bytes(
        self, status: int, body: bytes, content_type: str, **headers: str
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def send_problem(self, status: int, code: str, faults: list[Fault]) -> None:
        """An error as the suite's APIs write it."""
        title = HTTPStatus(status).phrase
        problem: dict[str, Any] = {
            "type": f"http://{self.headers.get('Host', '')}/ref/fouten/{code}/",
            "code": code,
            "title": title,
            "status": status,
            "detail": title,
            "instance": f"urn:uuid:{uuid.uuid4()}",
        }
        if faults:
            problem["invalidParams"] = [vars(fault) for fault in faults]
        body = json.dumps(problem).encode()
        self.send_bytes(status, body, "application/problem+json")
