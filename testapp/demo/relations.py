"""Contactmomenten and verzoeken of the demo, and the roles of klanten in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import requests

from testapp.peers.contactmomenten import CONTACTMOMENTEN
from testapp.peers.relatie_store import Kind
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


class Refused(Exception):
    """The API refused the request. Contains the status code."""


@dataclass(frozen=True)
class Consumer:
    """An application that keeps contactmomenten or verzoeken, with its token."""

    kind: Kind
    root: str
    session: requests.Session

    def involve(self, klanten: Sequence[str]) -> int:
        """Create the demo's data for these URLs.

        Nothing is created if the first klant already has a role.
        """
        found = self.session.get(
            f"{self.root}{self.kind.relations}",
            params={"klant": klanten[0]},
            timeout=10,
        )
        if found.ok and found.json()["count"]:
            return 0
        return sum(self.add(each, klanten) for each in INVOLVED[self.kind.name])

    def add(self, involved: Involved, klanten: Sequence[str]) -> int:
        """Create one of them, and its relations with existing klanten."""
        content = {"bronorganisatie": "991234509", **involved.content}
        parent = self._post(self.kind.parents, content)["url"]
        roles = [role for role in involved.roles if role[0] < len(klanten)]
        for place, rol, *machtiging in roles:
            body = {self.kind.parent: parent, "klant": klanten[place], "rol": rol}
            if machtiging:
                body["indicatieMachtiging"] = machtiging[0]
            self._post(self.kind.relations, body)
        return len(roles)

    def _post(self, collection: str, body: dict[str, str]) -> dict[str, Any]:
        # before it responds, it asks us whether the klant exists
        answer = self.session.post(f"{self.root}{collection}", json=body, timeout=30)
        if not answer.ok:
            raise Refused(f"{collection}: {answer.status_code}")
        made: dict[str, Any] = answer.json()
        return made
