"""Contactmomenten and verzoeken of the demo, and the roles of klanten in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandError

import requests
from zgw_consumers.models import Service

from klanten_plugin.domain.klanten.addresses import own_collection_url
from klanten_plugin.models import Klant
from testapp.demo.configuration import KINDS, slug_of
from testapp.peers.contactmomenten import CONTACTMOMENTEN
from testapp.peers.relatie_store import Kind
from testapp.peers.tokens import make_token
from testapp.peers.verzoeken import VERZOEKEN

Role = tuple[int, str] | tuple[int, str, str]
"""The index of a klant, the rol, and the indicatieMachtiging, if any."""


@dataclass(frozen=True)
class Involved:
    """A contactmoment or verzoek in the format of its API, and the roles in it."""

    content: dict[str, str]
    roles: tuple[Role, ...]


INVOLVED: dict[str, tuple[Involved, ...]] = {
    CONTACTMOMENTEN.name: (
        Involved(
            {"kanaal": "telefoon", "tekst": "Vraag over de afvalkalender"},
            ((0, "belanghebbende"), (1, "gesprekspartner")),
        ),
        Involved(
            {"kanaal": "balie", "tekst": "Paspoort afgehaald"},
            ((0, "belanghebbende"), (0, "gesprekspartner")),
        ),
        Involved(
            {"kanaal": "e-mail", "tekst": "Klacht over geluid"},
            ((2, "belanghebbende"), (2, "gesprekspartner")),
        ),
    ),
    VERZOEKEN.name: (
        Involved(
            {"identificatie": "DEMO-1", "tekst": "Parkeervergunning"},
            ((0, "initiator"), (1, "belanghebbende")),
        ),
        Involved(
            {"identificatie": "DEMO-2", "tekst": "Subsidie voor een buurtfeest"},
            (
                (2, "initiator", "machtiginggever"),
                (0, "mede_initiator", "gemachtigde"),
            ),
        ),
    ),
}
KLANTEN = 3
"""Number of klanten with a role."""


@dataclass(frozen=True)
class Consumer:
    """An application that keeps contactmomenten or verzoeken, with its token.

    Raises ``CommandError`` if a peer refuses a request or doesn't answer.
    """

    kind: Kind
    root: str
    session: requests.Session

    def involve(self, klanten: Sequence[str]) -> int:
        """Create the demo's data for these URLs.

        Nothing is created if the first klant already has a role.
        """
        if self._ask("GET", self.kind.relations, params={"klant": klanten[0]})["count"]:
            return 0
        return sum(self.add(each, klanten) for each in INVOLVED[self.kind.name])

    def add(self, involved: Involved, klanten: Sequence[str]) -> int:
        """Create one of them, and its relations with existing klanten."""
        content = {"bronorganisatie": "991234509", **involved.content}
        parent = self._ask("POST", self.kind.parents, json=content)["url"]
        roles = [role for role in involved.roles if role[0] < len(klanten)]
        for place, rol, *machtiging in roles:
            body = {self.kind.parent: parent, "klant": klanten[place], "rol": rol}
            if machtiging:
                body["indicatieMachtiging"] = machtiging[0]
            self._ask("POST", self.kind.relations, json=body)
        return len(roles)

    def _ask(self, method: str, collection: str, **content: Any) -> dict[str, Any]:
        url = f"{self.root}{collection}"
        try:
            # before it responds, it may ask us whether the klant exists
            answer = self.session.request(method, url, timeout=30, **content)
        except requests.RequestException:
            raise CommandError("No peer answers: start the demo.") from None
        if not answer.ok:
            raise CommandError(f"Refused: {collection}: {answer.status_code}")
        made: dict[str, Any] = answer.json()
        return made


@contextmanager
def consumer(kind: Kind) -> Iterator[Consumer]:
    """Yield a consumer that may write at the peer. Raises ``CommandError``."""
    service = Service.objects.filter(slug=slug_of(kind)).first()
    if service is None:
        raise CommandError("There are no peers: start the demo first.")
    with requests.Session() as session:
        # no proxy of the environment, as it is on this machine
        session.trust_env = False
        token = make_token(service.client_id, service.secret)
        session.headers["Authorization"] = f"Bearer {token}"
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
