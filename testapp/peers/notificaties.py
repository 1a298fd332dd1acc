"""A Notificaties API: `python3 -m testapp peer notificaties --port 8010`.

Takes messages, kanalen and abonnementen as the real one does, tells of each message in
a line, and passes it on to who subscribed. With NOTIFICATIES_APPLICATIONS in the
environment (`id=secret`, separated by commas) it asks for a token. With --control it
also does as a test tells it, below `/_control/`.
"""

from __future__ import annotations

import argparse
import json
import os
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from testapp.peers.answers import Credentials, Server
from testapp.peers.disturbances import (
    LOST_ANSWER,
    SLOW,
    Disturbances,
    hang_up,
    misbehave,
)
from testapp.peers.messages import faults_of
from testapp.peers.subscribers import (
    ABONNEMENT,
    ROOT,
    Subscribers,
    SubscribersHandler,
    parse,
)

CONTROL = "/_control"


@dataclass
class Notificaties(Subscribers):
    """What the API knows: it forgets all of it when it ends."""

    credentials: Credentials = field(default_factory=lambda: Credentials({}))
    control: bool = False
    messages: list[dict[str, Any]] = field(default_factory=list)
    disturbances: Disturbances = field(default_factory=Disturbances)
    in_hand: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, message: dict[str, Any]) -> None:
        """Remember a message, where a test may ask for it; tell of it, pass it on."""
        if self.control:
            with self.lock:
                self.messages.append(message)
        words = (message["kanaal"], message["actie"], message["resourceUrl"])
        print(*words, flush=True)  # noqa: T201 - its output is for people
        self.abonnementen.pass_on(message)

    def holding(self, number: int) -> None:
        """So many requests more are being answered."""
        with self.lock:
            self.in_hand += number


class NotificatiesHandler(SubscribersHandler):
    """One request to the API."""

    api: Notificaties

    def do_GET(self) -> None:  # noqa: N802 - the name is the library's
        key = self.key_of(ABONNEMENT)
        self._dispatch(
            {
                "/kanaal": self.list_kanalen,
                ABONNEMENT: self.list_abonnementen,
                f"{ABONNEMENT}/{key}": self.show_abonnement,
            }
        )

    def do_POST(self) -> None:  # noqa: N802 - the name is the library's
        self._dispatch(
            {
                "/notificaties": self._publish,
                "/kanaal": self.create_kanaal,
                ABONNEMENT: self.save_abonnement,
            }
        )

    def do_PUT(self) -> None:  # noqa: N802 - the name is the library's
        key = self.key_of("/kanaal")
        subscribed = self.key_of(ABONNEMENT)
        self._dispatch(
            {
                f"/kanaal/{key}": self.replace_kanaal,
                f"{ABONNEMENT}/{subscribed}": self.save_abonnement,
            }
        )

    def do_DELETE(self) -> None:  # noqa: N802 - the name is the library's
        key = self.key_of(ABONNEMENT)
        self._dispatch({f"{ABONNEMENT}/{key}": self.remove_abonnement})

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
        message, faults = parse(body)
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


def make_server(api: Notificaties, host: str, port: int) -> Server:
    """A server that listens already; port 0 takes one that is free."""
    handler = type("BoundHandler", (NotificatiesHandler,), {"api": api})
    return Server((host, port), handler)


def main(arguments: list[str] | None = None) -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--control", action="store_true")
    parser.add_argument(
        "--kanaal", action="append", default=[], help="repeatable: one that is there"
    )
    options = parser.parse_args(arguments)
    applications = os.environ.get("NOTIFICATIES_APPLICATIONS", "")
    credentials = Credentials(
        dict(each.split("=", 1) for each in applications.split(",") if each)
    )
    api = Notificaties(credentials=credentials, control=options.control)
    for naam in options.kanaal:
        api.add_kanaal(naam, f"http://{options.host}:{options.port}{ROOT}")
    server = make_server(api, options.host, options.port)
    server.serve_until_stopped()


if __name__ == "__main__":
    main()
