"""A facade with the API of Haal Centraal HR-bevragen as a source.

Such a facade, on KVK Dataservice or on a municipality's copy of the register, provides
telephone numbers and e-mail addresses, which KVK's REST APIs lack.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from zgw_consumers.models import Service

from ...constants import NhrSoort
from ...models.nhr import NhrNummer
from ..http.answers import AnswerTable, Meaning, Rule
from ..http.exchange import exchange
from ..http.reply import is_object
from .addresses import choose_adres
from .errors import BY_STATUS
from .profiles import as_answer, has_passed, mapping, text, with_scheme
from .protocol import NOTHING, Answer

NAME = "Haal Centraal"

PATHS = {
    NhrSoort.VESTIGING: "vestigingen",
    NhrSoort.RECHTSPERSOON: "nietnatuurlijkpersonen",
}
NO_VESTIGING = NhrNummer(NhrSoort.VESTIGING, "000000000000")
HEADERS = {"Accept": "application/hal+json, application/json"}

ANSWERS = AnswerTable((Rule(Meaning.ABSENT, {404}, is_object), *BY_STATUS), name=NAME)


class HaalCentraalSource:
    """One request per number."""

    name = NAME
    soorten = frozenset(PATHS)
    fields = frozenset(
        {"bedrijfsnaam", "website_url", "telefoonnummer", "emailadres", "adres"}
    )

    def __init__(self, service: Service) -> None:
        self.service = service

    def look_up(self, number: NhrNummer) -> Answer:
        """Look up a number; see :class:`.protocol.Source`."""
        path = f"{PATHS[number.soort]}/{number.nummer}"
        reply = exchange(self.service, "GET", path, headers=HEADERS)
        payload = ANSWERS.read(reply)
        return NOTHING if payload is None else read(payload)

    def probe(self) -> str:
        """Look up an unused number."""
        self.look_up(NO_VESTIGING)
        return _("een vraag naar een nummer dat niet bestaat is beantwoord")


def read(payload: Mapping[str, Any]) -> Answer:
    """Convert a Vestiging or NietNatuurlijkPersoon."""
    naam = payload.get("eersteHandelsnaam") or payload.get("naam")
    return as_answer(
        {
            "bedrijfsnaam": text(naam),
            "website_url": with_scheme(text(payload.get("domein"))),
            "telefoonnummer": text(payload.get("telefoonnummer")),
            "emailadres": text(payload.get("emailAdres")),
        },
        choose_adres(_adressen(payload)),
        closed=_is_ended(payload.get("datumUitschrijving")),
        kvk_nummer=text(payload.get("kvknummer")),
    )


def _adressen(payload: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the addresses in KVK's format, as a list with types."""
    kinds = {"bezoekadres": "bezoekadres", "postadres": "correspondentieadres"}
    return [
        {**mapping(payload[name]), "type": kind}
        for name, kind in kinds.items()
        if mapping(payload.get(name))
    ]


def _is_ended(datum: Any) -> bool:
    """Whether an incomplete date, an object with its known parts, has passed."""
    parts = mapping(datum)
    if not parts:
        return has_passed(datum)
    year, month, day = (int(parts.get(n) or 0) for n in ("jaar", "maand", "dag"))
    return has_passed(parts.get("datum") or f"{year:04}{month:02}{day:02}")
