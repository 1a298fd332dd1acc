"""Contactmomenten and verzoeken of the demo, and the roles of klanten in them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

import requests
from zgw_consumers.models import Service

from klanten_plugin.domain.klanten.addresses import own_collection_url
from klanten_plugin.models import Klant
from testapp.demo.configuration import KINDS, slug_of
from testapp.peers.relatie_store import Kind
from testapp.peers.tokens import make_token
from testapp.peers.wire import direct_session

FILE = Path(__file__).with_name("relations.json")
"""Contactmomenten and verzoeken in the format of their APIs, with the roles in them.

A role has the index of its klant instead of the URL.
"""
KLANTEN = 3
"""Number of klanten with a role."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Consumer:
    """An application that keeps contactmomenten or verzoeken, with its token.

    Raises ``CommandError`` if a peer refuses a request or doesn't answer.
    """

    kind: Kind
    root: str
    session: requests.Session

    def involve(self, klanten: Sequence[str]) -> int:
        """Create the demo's data for these URLs, and return the number of roles.

        Nothing is created if the first klant already has a role.
        """
        if self._ask("GET", self.kind.relations, params={"klant": klanten[0]})["count"]:
            return 0
        made = 0
        for each in json.loads(FILE.read_text(encoding="utf-8"))[self.kind.name]:
            roles = [
                {**role, "klant": klanten[role["klant"]]}
                for role in each["roles"]
                if role["klant"] < len(klanten)
            ]
            self.add(each["content"], roles)
            made += len(roles)
        return made

    def add(self, content: Row, roles: Sequence[Row]) -> None:
        """Create a contactmoment or verzoek, and the roles in it."""
        body = {"bronorganisatie": "991234509", **content}
        parent = self._ask("POST", self.kind.parents, json=body)["url"]
        for role in roles:
            relation = {self.kind.parent: parent, **role}
            self._ask("POST", self.kind.relations, json=relation)

    def _ask(self, method: str, collection: str, **content: Any) -> Row:
        url = f"{self.root}{collection}"
        try:
            # before it responds, it may ask us whether the klant exists
            answer = self.session.request(method, url, timeout=30, **content)
        except requests.RequestException:
            raise CommandError("No peer answers: start the demo.") from None
        if not answer.ok:
            raise CommandError(f"Refused: {collection}: {answer.status_code}")
        made: Row = answer.json()
        return made


@contextmanager
def consumer(kind: Kind) -> Iterator[Consumer]:
    """Yield a consumer that may write at the peer. Raises ``CommandError``."""
    service = Service.objects.filter(slug=slug_of(kind)).first()
    if service is None:
        raise CommandError("There are no peers: start the demo first.")
    token = make_token(service.client_id, service.secret)
    with direct_session(f"Bearer {token}") as session:
        yield Consumer(kind, service.api_root, session)


def make_relations() -> int:
    """Give the first klanten roles at both peers, and return their number."""
    uuids = Klant.objects.order_by("pk").values_list("uuid", flat=True)[:KLANTEN]
    klanten = [f"{own_collection_url()}/{uuid}" for uuid in uuids]
    made = 0
    for kind in KINDS if klanten else ():
        with consumer(kind) as api:
            made += api.involve(klanten)
    return made
