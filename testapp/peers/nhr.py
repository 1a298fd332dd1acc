"""A trade register: `python3 -m testapp peer nhr --port 8011`.

Answers as KVK's Zoeken, Basisprofiel, Vestigingsprofiel and Mutatieservice do, below
`/api/`, from recorded samples; and below `/bevragen/v1/` as a facade with the words of
Haal Centraal. Both want the header `apikey` (NHR_API_KEY, if it is in the environment).
With --dataservice-port it is KVK Dataservice there, over mutual TLS.
With --control it also does as a test tells it, below `/_control/`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import struct
import threading
import time
from pathlib import Path
from typing import Any

from testapp.peers import answers
from testapp.peers.certificates import make_certificates
from testapp.peers.dataservice import Dataservice, serve_beside
from testapp.peers.kept import KeptFile
from testapp.peers.nhr_register import Register, fout

Reply = tuple[int, Any]

API_KEY = "l7xx1f2691f2520d487b902f4e0b57a0b197"
"""The key that KVK prints in its documentation, for its test environment."""

PARAMETERS = {
    "/api/v2/zoeken": {
        *("kvkNummer", "rsin", "vestigingsnummer", "naam", "pagina"),
        "inclusiefInactieveRegistraties",
    },
    "/api/v1/abonnementen": {"vanaf", "tot", "pagina", "aantal"},
    "/api/v1/vestigingsprofielen": {"geoData"},
    "/api/v1/basisprofielen": {"geoData"},
}
"""KVK refuses any other."""

HTML = b"<!DOCTYPE html><title>Onderhoud</title><h1>Even geduld</h1>"


class State:
    """What is the same for all requests."""

    def __init__(
        self, key: str, rate: int, *, control: bool, data: Path | None = None
    ) -> None:
        self.key, self.rate, self.control = key, rate, control
        self.register = Register(KeptFile(data))
        self.faults: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self._moments: list[float] = []
        self._lock = threading.Lock()

    def note(self, path: str) -> bool:
        """Count a request; whether it is one too many of this second."""
        with self._lock:
            now = time.monotonic()
            self._moments = [m for m in self._moments if m > now - 1] + [now]
            self.asked.append(path)
            return len(self._moments) > self.rate

    def fault_for(self, path: str) -> dict[str, Any] | None:
        """The first fault that is on for this path, which is used up by it."""
        with self._lock:
            for fault in self.faults:
                if fault.get("match", "") in path and fault.get("count", 1) != 0:
                    fault["count"] = fault.get("count", 1) - 1
                    return fault
        return None


class Handler(answers.Handler):
    """One request."""

    state: State

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        """Answer as the register, or say what was asked of it."""
        path = self.path_asked
        if self.state.control and path == "/_control/requests":
            self.send_json(200, self.state.asked)
            return
        too_many = self.state.note(self.path)
        fault = self.state.fault_for(self.path)
        if fault is not None and self._misbehave(fault):
            return
        if self.headers.get("apikey") != self.state.key:
            self.send_json(401, {"message": "Unauthorized", "status": 401})
        elif too_many:
            body = {"message": "API rate limit exceeded", "status": 429}
            self.send_json(429, body, {"Retry-After": "1"})
        else:
            self.send_json(*self._answer(path))

    def do_POST(self) -> None:  # noqa: N802 - the same
        """What a test wants to be wrong, or to be changed in the register."""
        body = json.loads(self.read_body() or b"null")
        path = self.path_asked
        if not self.state.control:
            self.send_json(404, {})
        elif path == "/_control/faults":
            self.state.faults = body
            self.send_json(200, {})
        elif path == "/_control/forget":
            self.state.asked.clear()
            self.send_json(200, {})
        elif match := re.fullmatch(r"/_control/vestigingsprofielen/(\d+)", path):
            self._change(match[1], body)
        else:
            self.send_json(404, {})

    def _change(self, nummer: str, changes: Any) -> None:
        if not self.state.register.knows(nummer):
            self.send_json(404, fout("IPD0007", nummer))
        elif not isinstance(changes, dict):
            self.send_json(400, {"message": "Geen object.", "status": 400})
        else:
            self.send_json(200, self.state.register.change(nummer, changes))

    def _answer(self, path: str) -> Reply:
        query = self.query
        for root, known in PARAMETERS.items():
            if path.startswith(root) and (unknown := set(query) - known):
                return 400, fout("IPD1999", ", ".join(sorted(unknown)))
        accepted = self.headers.get("Accept", "*/*")
        if not any(word in accepted for word in ("json", "*/*")):
            return 406, {}
        return self.state.register.answer(path, query)

    def _misbehave(self, fault: dict[str, Any]) -> bool:
        """Whether the fault was the answer; being slow isn't."""
        kind = fault["kind"]
        if kind == "slow":
            time.sleep(fault.get("seconds", 1))
            return False
        if kind == "status":
            self.send_json(fault.get("status", 500), {}, fault.get("headers"))
        elif kind == "ipd":
            body = fout(fault["code"], "")
            self.send_json(fault.get("status", 404), body)
        elif kind == "rubbish":
            self._send(200, HTML, "text/html", {})
        elif kind == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
            self.close_connection = True
        return True

    def send_json(
        self, status: int, content: Any, headers: dict[str, str] | None = None
    ) -> None:
        """Success is HAL, an error plain JSON, as KVK has it."""
        kind = "application/hal+json" if status == 200 else "application/json"
        self._send(status, json.dumps(content).encode(), kind, headers or {})

    def _send(
        self, status: int, body: bytes, kind: str, headers: dict[str, str]
    ) -> None:
        self.send_bytes(status, body, kind, **{"API-Version": "1.5.0", **headers})


class Server(answers.Server):
    """Many workers ask at once."""

    request_queue_size = 256


def make_server(port: int, state: State) -> Server:
    """A server on this port, 0 for any."""
    handler = type("BoundHandler", (Handler,), {"state": state})
    return Server(("127.0.0.1", port), handler)


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rate", type=int, default=100, help="requests per second")
    parser.add_argument("--control", action="store_true", help="obey /_control/")
    parser.add_argument("--data", type=Path, help="the file that keeps what changed")
    parser.add_argument("--dataservice-port", type=int, help="also KVK Dataservice")
    parser.add_argument("--certificates", type=Path, help="folder for its certificates")
    options = parser.parse_args()
    key = os.environ.get("NHR_API_KEY", API_KEY)
    state = State(key, options.rate, control=options.control, data=options.data)
    if options.dataservice_port is not None:
        made = make_certificates(options.certificates)
        service = Dataservice(lambda: state.register, made)
        serve_beside(options.dataservice_port, service)
    make_server(options.port, state).serve_until_stopped()


if __name__ == "__main__":
    main()
