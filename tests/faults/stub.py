"""Control of the Notificaties API of the tests: its messages, and its faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

TIMEOUT = 30


@dataclass(frozen=True)
class Stub:
    """The control surface of `tests.peers.notificaties`."""

    origin: str

    def behave(self) -> None:
        """Stop all faults."""
        self.misbehave()

    def misbehave(self, *faults: dict[str, Any]) -> None:
        """Activate these faults; see `tests.peers.faults`."""
        self._ask("POST", "faults", json=faults)

    def clear(self) -> None:
        """Remove all received messages."""
        self._ask("POST", "clear")

    def received(self) -> int:
        """Return the number of accepted messages."""
        return int(self._ask("GET", "state").json()["received"])

    def in_hand(self) -> int:
        """Return the number of requests in progress."""
        return int(self._ask("GET", "state").json()["in_hand"])

    def messages(self) -> list[dict[str, Any]]:
        """Return the accepted messages, in order of arrival."""
        taken: list[dict[str, Any]] = self._ask("GET", "messages").json()
        return taken

    def is_up(self, origin: str = "") -> bool:
        """Return whether it responds."""
        try:
            _session().get(origin or self.origin, timeout=TIMEOUT)
        except requests.ConnectionError:
            return False
        return True

    def _ask(self, method: str, path: str, **options: Any) -> requests.Response:
        url = f"{self.origin}/_control/{path}"
        response = _session().request(method, url, timeout=TIMEOUT, **options)
        response.raise_for_status()
        return response


def _session() -> requests.Session:
    session = requests.Session()
    # no proxy of the environment
    session.trust_env = False
    return session
