"""A consumer that creates, changes and deletes klanten, and keeps the books."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import requests

from testapp.launcher.host import API_PATH, Host
from testapp.launcher.tokens import make_token
from tests.api_client import klant_body
from tests.faults.ledger import Ledger

TIMEOUT = 60


@dataclass
class Consumer:
    """Asks one request at a time; ``seconds`` is how long each of them took."""

    host: Host
    ledger: Ledger
    seconds: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    voornamen: dict[str, set[str]] = field(default_factory=dict)
    """What the last changes of each klant said: the last one that was answered, and
    those after it that weren't."""

    def __post_init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        token = make_token("demo", self.host.keys.clients["demo"])
        self._session.headers["Authorization"] = f"Bearer {token}"

    def live(self) -> Iterator[None]:
        """The life of klanten without end: a step is a request."""
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
        """So many requests."""
        for _step, _none in zip(range(number), self.live(), strict=False):
            pass

    def create(self) -> str:
        """The URL of a new klant, empty if there was no answer that says it."""
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
        """Create a klant that the trade register is asked about; whether it was."""
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
        # gone, or maybe gone: nothing is said of it any more
        del self.voornamen[url]

    def _ask(self, method: str, url: str, body: object) -> requests.Response | None:
        """The answer if it is 2xx; anything else is noted."""
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
