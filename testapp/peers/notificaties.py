"""A Notificaties API: `python -m testapp.peers.notificaties --port 8010`.

Takes messages and kanalen as the real one does, tells of each message in a line, and
passes nothing on: nobody subscribes here. With NOTIFICATIES_SECRET in the environment
it asks for a token. With --control it also does as a test tells it, below `/_control/`.
"""

from __future__ import annotations

import argparse
import json
import os
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from testapp.peers.answers import Credentials, Fault, Handler, Server
from testapp.peers.disturbances import (
    LOST_ANSWER,
    SLOW,
    Disturbances,
    hang_up,
    misbehave,
)
from testapp.peers.messages import faults_of

ROOT = "/api/v1"
CONTROL = "/_control"
CLIENT_ID = "klanten"


@dataclass
class Notificaties:
    """What the API knows: it forgets all of it when it ends."""

    credentials: Credentials
    control: bool = False
    kanalen: dict[str, dict[str, Any]] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    disturbances: Disturbances = field(default_factory=Disturbances)
    in_hand: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, message: dict[str, Any]) -> None:
        """Remember a message, where a test may ask for it, and tell of it."""
        if self.control:
            with self.lock:
                self.messages.append(message)
        words = (message["kanaal"], message["actie"], message["resourceUrl"])
        print(*words, flush=True)  # noqa: T201 - its output is for people

    def holding(self, number: int) -> None:
        """So many requests more are being answered."""
        with self.lock:
            self.in_hand += number


class NotificatiesHandler(Handler):
    """One request to the API."""

    api: Notificaties

    def do_GET(self) -> None:  # noqa: N802 - the name is the library's
        self._dispatch({"/kanaal": self._list_kanalen})

    def do_POST(self) -> None:  # noqa: N802 - the name is the library's
        self._dispatch({"/notificaties": self._publish, "/kanaal": self._create_kanaal})

    def do_PUT(self) -> None:  # noqa: N802 - the name is the library's
        name = self.path_asked.removeprefix(f"{ROOT}/kanaal/")
        self._dispatch({f"/kanaal/{name}": self._replace_kanaal})

    def _dispatch(self, routes: dict[str, Any]) -> None:
        body = self.read_body()
        if self.api.control and self.path_asked.startswith(f"{CONTROL}/"):
            self._obey(body)
            return
        route = routes.get(self.path_asked.removeprefix(ROOT))
        if route is None:
            self.send_bytes(404, b"<h1>Not Found</h1>", "text/html")
        elif not self.api.credentials.accept(self.headers.get("Authorization", "")):
            self.send_problem(403, "permission_denied", [])
        else:
            self.api.holding(1)
            try:
                route(body)
            finally:
                self.api.holding(-1)

    def _publish(self, body: bytes) -> None:
        disturbance = self.api.disturbances.next(body)
        if disturbance and disturbance.kind not in (SLOW, LOST_ANSWER):
            misbehave(self, disturbance)
            return
        if disturbance and disturbance.kind == SLOW:
            time.sleep(disturbance.seconds)
        message, faults = _parse(body)
        if not faults:
            faults = faults_of(message)
        if faults:
            self.send_problem(400, "invalid", faults)
            return
        self.api.take(message)
        if disturbance and disturbance.kind == LOST_ANSWER:
            hang_up(self)
        else:
            self.send_json(201, message)

    def _list_kanalen(self, body: bytes) -> None:
        wanted = self.query.get("naam")
        kanalen = self.api.kanalen.values()
        self.send_json(
            200, [each for each in kanalen if wanted in (None, each["naam"])]
        )

    def _create_kanaal(self, body: bytes) -> None:
        kanaal, faults = _parse(body)
        faults = faults or _faults_of_kanaal(kanaal)
        if not faults and any(
            each["naam"] == kanaal["naam"] for each in self.api.kanalen.values()
        ):
            faults = [
                Fault("naam", "unique", "Er bestaat al een kanaal met deze naam.")
            ]
        if faults:
            self.send_problem(400, "invalid", faults)
        else:
            self._save_kanaal(str(uuid.uuid4()), kanaal, 201)

    def _replace_kanaal(self, body: bytes) -> None:
        key = self.path_asked.rpartition("/")[2]
        kanaal, faults = _parse(body)
        faults = faults or _faults_of_kanaal(kanaal)
        if key not in self.api.kanalen:
            self.send_problem(404, "not_found", [])
        elif faults:
            self.send_problem(400, "invalid", faults)
        else:
            self._save_kanaal(key, kanaal, 200)

    def _save_kanaal(self, key: str, kanaal: dict[str, Any], status: int) -> None:
        saved = {
            "url": f"http://{self.headers.get('Host', '')}{ROOT}/kanaal/{key}",
            "naam": kanaal["naam"],
            "documentatieLink": kanaal.get("documentatieLink", ""),
            "filters": kanaal.get("filters", []),
        }
        self.api.kanalen[key] = saved
        self.send_json(status, saved)

    def _obey(self, body: bytes) -> None:
        match self.path_asked.removeprefix(f"{CONTROL}/"):
            case "faults":
                self.api.disturbances.put(json.loads(body))
                self.send_json(200, {})
            case "state":
                count = len(self.api.messages)
                self.send_json(200, {"received": count, "in_hand": self.api.in_hand})
            case "messages":
                with self.api.lock:
                    lines = [json.dumps(each) for each in self.api.messages]
                self.send_bytes(200, "\n".join(lines).encode(), "application/x-ndjson")
            case "clear":
                with self.api.lock:
                    self.api.messages.clear()
                self.send_json(200, {})
            case _:
                self.send_problem(404, "not_found", [])


def _parse(body: bytes) -> tuple[Any, list[Fault]]:
    try:
        return json.loads(body), []
    except ValueError:
        return None, [Fault("nonFieldErrors", "parse_error", "Geen JSON.")]


def _faults_of_kanaal(kanaal: Any) -> list[Fault]:
    if not isinstance(kanaal, dict):
        return [Fault("nonFieldErrors", "invalid", "Geen object.")]
    if not kanaal.get("naam"):
        return [Fault("naam", "required", "Dit veld is vereist.")]
    return []


def make_server(api: Notificaties, host: str, port: int) -> Server:
    """A server that listens already; port 0 takes one that is free."""
    handler = type("BoundHandler", (NotificatiesHandler,), {"api": api})
    return Server((host, port), handler)


def main(arguments: list[str] | None = None) -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--client-id", default=CLIENT_ID)
    parser.add_argument("--control", action="store_true")
    options = parser.parse_args(arguments)
    secret = os.environ.get("NOTIFICATIES_SECRET", "")
    credentials = Credentials(options.client_id, secret)
    api = Notificaties(credentials, control=options.control)
    server = make_server(api, options.host, options.port)
    server.serve_until_stopped()


if __name__ == "__main__":
    main()
