"""The Contactmomenten and Verzoeken servers as processes, accessed over HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from testapp.peers.contactmomenten import CONTACTMOMENTEN
from testapp.peers.relatie_store import Kind
from testapp.peers.tokens import make_token
from testapp.peers.verzoeken import VERZOEKEN

CLIENT_ID = "klanten"
SECRET = "a secret for the peers of thirty-two characters"
KINDS = {kind.name: kind for kind in (CONTACTMOMENTEN, VERZOEKEN)}


@dataclass
class RunningPeer:
    """A server, and requests by its own consumers."""

    kind: Kind
    root: str
    process: subprocess.Popen[str] | None = None
    secret: str = SECRET
    session: requests.Session = field(default_factory=requests.Session)

    def kill(self) -> None:
        """Kill it with SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        url = path if path.startswith("http") else f"{self.root}/{path}"
        token = make_token(CLIENT_ID, options.pop("secret", self.secret))
        headers = {"Authorization": f"Bearer {token}"} | options.pop("headers", {})
        return self.session.request(method, url, headers=headers, timeout=10, **options)

    def control(self, name: str, **body: Any) -> Any:
        return self._control(name, body)

    def _control(self, name: str, body: Any) -> Any:
        origin = self.root.removesuffix("/api/v1")
        url = f"{origin}/_control/{name}"
        # a long timeout, because it responds when all notifications are delivered
        response = self.session.post(url, json=body, timeout=120)
        assert response.status_code == 200, response.content
        return response.json()

    def fault(self, kind: str, **options: Any) -> None:
        """Activate a fault; see ``tests.peers.faults``."""
        self._control("faults", [{"kind": kind, **options}])

    def mend(self) -> None:
        """Stop all faults."""
        self._control("faults", [])

    def habit(self, **wish: Any) -> None:
        """Activate behaviour of real sources; see ``tests.peers.habits``."""
        self.control("habits", **wish)

    def parent(self) -> str:
        """Create a contactmoment or verzoek."""
        return str(self._made(self.kind.parents, {})["url"])

    def relate(self, klant: str, parent: str = "", rol: str = "belanghebbende") -> str:
        """Create a relation, and return its URL."""
        body = {
            "klant": klant,
            self.kind.parent: parent or self.parent(),
            "rol": rol,
        }
        return str(self._made(self.kind.relations, body)["url"])

    def force(self, *rows: dict[str, Any]) -> list[str]:
        """Create relations that violate the rules, and return their URLs."""
        made = self.control("relations", relations=list(rows))["relations"]
        return [str(row.get("url")) for row in made]

    def row(
        self, klant: str, rol: str = "belanghebbende", **more: Any
    ) -> dict[str, Any]:
        """Return the values of a relation for ``force``."""
        parent = f"{self.root}/{self.kind.parents}/1"
        return {"klant": klant, self.kind.parent: parent, "rol": rol, **more}

    def delete(self, url: str) -> None:
        assert self.ask("DELETE", url).status_code == 204

    def relations(self) -> list[dict[str, Any]]:
        """Return all rows of the server."""
        rows: list[dict[str, Any]] = self.control("state")["relations"]
        return rows

    def wait_for_notifications(self) -> None:
        """Wait until all of them were delivered, or refused."""
        self.control("state")

    @property
    def asked(self) -> list[str]:
        """Return the received requests."""
        requests_: list[str] = self.control("state")["requests"]
        return requests_

    def _made(self, collection: str, body: dict[str, Any]) -> dict[str, Any]:
        response = self.ask("POST", collection, json=body)
        assert response.status_code == 201, response.content
        row: dict[str, Any] = response.json()
        return row


@contextmanager
def running_peer(name: str, *options: str) -> Iterator[RunningPeer]:
    """Run a separate process in this context."""
    command = [sys.executable, "-m", "tests.peers", name, "--port", "0"]
    command += ["--application", f"{CLIENT_ID}={SECRET}", *options]
    process = subprocess.Popen(  # noqa: S603
        command,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert process.stdout is not None
    peer = RunningPeer(KINDS[name], process.stdout.readline().strip(), process)
    try:
        yield peer
    finally:
        peer.session.close()
        process.terminate()
        process.wait()
        process.stdout.close()
