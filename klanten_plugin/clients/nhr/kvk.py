"""KVK's REST APIs as a source: Vestigingsprofiel, Basisprofiel and Zoeken.

They give names, addresses and websites. Telephone numbers, e-mail addresses and contact
persons they don't have.
"""

from __future__ import annotations

from typing import Any

from zgw_consumers.models import Service

from ...constants import NhrSoort
from ...exceptions import PermanentRemoteError
from ...models.nhr import NhrNummer
from .kvk_http import ask_kvk
from .profiles import basisprofiel, text, vestigingsprofiel
from .protocol import NOTHING, Answer

NO_RSIN = "000000000"


class KvkSource:
    """One paid request per number; a RSIN takes a free one before it."""

    name = "KVK"
    soorten = frozenset(NhrSoort)
    fields = frozenset({"bedrijfsnaam", "website_url", "adres"})

    def __init__(self, service: Service | None) -> None:
        self.service = service

    def look_up(self, number: NhrNummer) -> Answer:
        """Ask for one number; see :class:`.protocol.Source`."""
        if number.soort == NhrSoort.VESTIGING:
            return self._vestiging(number.nummer)
        return self._rechtspersoon(number.nummer)

    def probe(self) -> str:
        """Search for what isn't there, which is free."""
        ask_kvk(self.service, "v2/zoeken", paid=False, params={"rsin": NO_RSIN})
        return "een zoekvraag zonder kosten is beantwoord"

    def _vestiging(self, nummer: str) -> Answer:
        path = f"v1/vestigingsprofielen/{nummer}"
        profiel = ask_kvk(self.service, path, paid=True)
        if profiel is None:
            return NOTHING
        _require_same(nummer, profiel.get("vestigingsnummer"))
        return vestigingsprofiel(profiel)

    def _rechtspersoon(self, rsin: str) -> Answer:
        found = ask_kvk(self.service, "v2/zoeken", paid=False, params={"rsin": rsin})
        kvk_nummer = _kvk_nummer(found or {}, rsin)
        if not kvk_nummer:
            return NOTHING
        profiel = ask_kvk(self.service, f"v1/basisprofielen/{kvk_nummer}", paid=True)
        if profiel is None:
            return NOTHING
        answer = basisprofiel(profiel)
        eigenaar = (profiel.get("_embedded") or {}).get("eigenaar") or {}
        _require_same(rsin, eigenaar.get("rsin"))
        return answer


def _kvk_nummer(found: dict[str, Any], rsin: str) -> str:
    """The KVK-nummer of the legal person itself, else of its main establishment."""
    rows = [row for row in found.get("resultaten") or [] if isinstance(row, dict)]
    ours = [row for row in rows if text(row.get("rsin")) in ("", rsin)]
    ours.sort(key=lambda row: row.get("type") != "rechtspersoon")
    numbers = [text(row.get("kvkNummer")) for row in ours]
    return next((n for n in numbers if n.isascii() and n.isdigit()), "")


def _require_same(asked: str, answered: Any) -> None:
    if answered is not None and text(answered) != asked:
        raise PermanentRemoteError("KVK antwoordde over een ander nummer.")
