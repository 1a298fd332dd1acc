"""A consumer that creates, changes and deletes klanten, and records the responses."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import requests

from testapp.launcher.host import API_PATH, Host
from testapp.peers.tokens import make_token
from tests.api_client import klant_body
from tests.faults.ledger import Ledger

TIMEOUT = 60


@dataclass
class Consumer:
    """Sends requests one by one. ``seconds`` is the duration of each."""

    host: Host
    ledger: Ledger
    seconds: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    voornamen: dict[str, set[str]] = field(default_factory=dict)
    """Values of the last changes of each klant, for checks.

    The last change with a response, and those after it without.
    """

    def __post_init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        token = make_token("demo", self.host.keys.clients["demo"])
        self._session.headers["Authorization"] = f"Bearer {token}"

    def live(self) -> Iterator[None]:
        """Yield an endless life cycle of klanten. Each step is a request."""
        for number in count():
            url = self.create()
            yield
            if not url:
                continue
            for change in range(2):
                self.change(url, f"V{change}")
                yield
            if number % 3 == 0:
                self.delete(url)
                yield

    def requests(self, number: int) -> None:
        """Send this number of requests."""
        for _step, _none in zip(range(number), self.live(), strict=False):
            pass

    def create(self) -> str:
        """Return the URL of a new klant, or "" if no response confirmed it."""
        body = klant_body(voornaam="V")
        url = self.host.address.url + API_PATH + "/klanten"
        response = self._ask("POST", url, body)
        if response is None:
            return ""
        created = str(response.json()["url"])
        self.ledger.promise(created, "create")
        self.voornamen[created] = {"V"}
        return created

    def create_vestiging(self) -> bool:
        """Create a klant with a number to look up. Return whether it succeeded."""
        url = self.host.address.url + API_PATH + "/klanten"
        body = klant_body(
            subjectType="vestiging",
            subjectIdentificatie={"vestigingsNummer": "000037178601"},
        )
        return self._ask("POST", url, body) is not None

    def change(self, url: str, voornaam: str) -> None:
        """PATCH the klant."""
        if self._ask("PATCH", url, {"voornaam": voornaam}) is None:
            self.ledger.doubt(url)
            self.voornamen[url].add(voornaam)
        else:
            self.ledger.promise(url, "update")
            self.voornamen[url] = {voornaam}

    def delete(self, url: str) -> None:
        """DELETE the klant."""
        if self._ask("DELETE", url, None) is None:
            self.ledger.doubt(url)
        else:
            self.ledger.promise(url, "destroy")
        # deleted, or maybe deleted, so no expectations remain
        del self.voornamen[url]

    def _ask(self, method: str, url: str, body: object) -> requests.Response | None:
        """Return the response if it is 2xx, and record all others."""
        start = time.perf_counter()
        try:
            response = self._session.request(method, url, json=body, timeout=TIMEOUT)
        except requests.RequestException:
            self.refused.append(0)
            return None
        self.seconds.append(time.perf_counter() - start)
        if not response.ok:
            self.refused.append(response.status_code)
            return None
        return response
