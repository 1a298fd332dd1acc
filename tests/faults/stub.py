"""Ask the Notificaties API of the tests what it received, and tell it to misbehave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

TIMEOUT = 30


@dataclass(frozen=True)
class Stub:
    """The control surface of `testapp.peers.notificaties`."""

    origin: str

    def behave(self) -> None:
        """As it should, from now on."""
        self.misbehave()

    def misbehave(self, *faults: dict[str, Any]) -> None:
        """From now on as these say; see `testapp.peers.faults`."""
        self._ask("POST", "faults", json=faults)

    def clear(self) -> None:
        """Forget what was received."""
        self._ask("POST", "clear")

    def received(self) -> int:
        """How many messages were taken."""
        return int(self._ask("GET", "state").json()["received"])

    def in_hand(self) -> int:
        """How many requests are being answered at this moment."""
        return int(self._ask("GET", "state").json()["in_hand"])

    def messages(self) -> list[dict[str, Any]]:
        """What was taken, in the order of arrival."""
        taken: list[dict[str, Any]] = self._ask("GET", "messages").json()
        return taken

    def is_up(self, origin: str = "") -> bool:
        """Whether something answers there."""
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
