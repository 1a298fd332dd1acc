"""What a Notificaties API knows of its kanalen, and of who listens to them."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from testapp.peers.abonnementen import Abonnementen
from testapp.peers.answers import Fault, Handler

ROOT = "/api/v1"
ABONNEMENT = "/abonnement"


@dataclass
class Subscribers:
    """The kanalen by the last part of their URL, and the abonnementen on them."""

    kanalen: dict[str, dict[str, Any]] = field(default_factory=dict)
    abonnementen: Abonnementen = field(default_factory=Abonnementen)

    def add_kanaal(self, naam: str, root: str) -> None:
        """A kanaal that somebody else has registered before."""
        key = str(uuid.uuid4())
        url = f"{root}/kanaal/{key}"
        empty = {"documentatieLink": "", "filters": []}
        self.kanalen[key] = {"url": url, "naam": naam, **empty}


class SubscribersHandler(Handler):
    """The requests about kanalen and abonnementen."""

    api: Subscribers

    def key_of(self, collection: str) -> str:
        """The last part of the path, if it is one of this collection; else empty."""
        before, _slash, key = self.path_asked.rpartition("/")
        return key if before == f"{ROOT}{collection}" else ""

    def list_kanalen(self, body: bytes) -> None:
        wanted = self.query.get("naam")
        kanalen = self.api.kanalen.values()
        self.send_json(
            200, [each for each in kanalen if wanted in (None, each["naam"])]
        )

    def create_kanaal(self, body: bytes) -> None:
        kanaal, faults = parse(body)
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

    def replace_kanaal(self, body: bytes) -> None:
        key = self.path_asked.rpartition("/")[2]
        kanaal, faults = parse(body)
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

    def list_abonnementen(self, body: bytes) -> None:
        self.send_json(200, self.api.abonnementen.all())

    def show_abonnement(self, body: bytes) -> None:
        self._answer_abonnement(self.key_of(ABONNEMENT))

    def save_abonnement(self, body: bytes) -> None:
        key = self.key_of(ABONNEMENT)
        abonnementen = self.api.abonnementen
        content, faults = parse(body)
        kanalen = {each["naam"] for each in self.api.kanalen.values()}
        if key and abonnementen.get(key) is None:
            self.send_problem(404, "not_found", [])
        elif faults := faults or abonnementen.faults_of(content, key, kanalen):
            self.send_problem(400, "invalid", faults)
        else:
            collection = f"http://{self.headers.get('Host', '')}{ROOT}{ABONNEMENT}"
            saved = abonnementen.save(collection, key, content)
            self._answer_abonnement(saved, 200 if key else 201)

    def _answer_abonnement(self, key: str, status: int = 200) -> None:
        found = self.api.abonnementen.get(key)
        if found is None:
            self.send_problem(404, "not_found", [])
        else:
            self.send_json(status, found)

    def remove_abonnement(self, body: bytes) -> None:
        if self.api.abonnementen.remove(self.key_of(ABONNEMENT)):
            self.send_bytes(204, b"", "application/json")
        else:
            self.send_problem(404, "not_found", [])


def parse(body: bytes) -> tuple[Any, list[Fault]]:
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
