"""KVK's REST APIs as a source: Vestigingsprofiel, Basisprofiel and Zoeken.

They provide names, addresses and websites, but no telephone numbers, e-mail addresses
or contact persons.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from zgw_consumers.models import Service

from ...constants import NhrSoort
from ...exceptions import PermanentRemoteError, TemporaryRemoteError
from ...models.nhr import NhrNummer
from .kvk_http import ask_kvk
from .profiles import basisprofiel, mapping, text, vestigingsprofiel
from .protocol import NOTHING, Answer

NO_RSIN = "000000000"


class KvkSource:
    """One paid request per number; a RSIN takes a free one before it."""

    name = "KVK"
    soorten = frozenset(NhrSoort)
    fields = frozenset({"bedrijfsnaam", "website_url", "adres"})
    tells_shielding = True

    def __init__(self, service: Service) -> None:
        self.service = service

    def look_up(self, number: NhrNummer) -> Answer:
        """Look up a number; see :class:`.protocol.Source`."""
        if number.soort == NhrSoort.VESTIGING:
            return self._vestiging(number.nummer)
        if number.soort == NhrSoort.ONDERNEMING:
            return self._onderneming(number.nummer)
        return self._rechtspersoon(number.nummer)

    def probe(self) -> str:
        """Search for an unused RSIN, which is free."""
        ask_kvk(self.service, "v2/zoeken", paid=False, params={"rsin": NO_RSIN})
        return _("een zoekvraag zonder kosten is beantwoord")

    def _vestiging(self, nummer: str) -> Answer:
        path = f"v1/vestigingsprofielen/{nummer}"
        profiel = ask_kvk(self.service, path, paid=True)
        if profiel is None:
            return NOTHING
        _require_number(profiel.get("vestigingsnummer"))
        _require_same(nummer, profiel.get("vestigingsnummer"))
        return vestigingsprofiel(profiel)

    def _rechtspersoon(self, rsin: str) -> Answer:
        params = {"rsin": rsin, "inclusiefInactieveRegistraties": "true"}
        found = ask_kvk(self.service, "v2/zoeken", paid=False, params=params)
        row = _best_row(found or {}, rsin)
        if row is None:
            return NOTHING
        kvk_nummer = text(row.get("kvkNummer"))
        if not _is_active(row):
            return Answer(closed=True, kvk_nummer=kvk_nummer)
        profiel = self._basisprofiel(kvk_nummer)
        if profiel is None:
            return NOTHING
        eigenaar = mapping(mapping(profiel.get("_embedded")).get("eigenaar"))
        if "rsin" in eigenaar:
            _require_same(rsin, eigenaar["rsin"])
        return basisprofiel(profiel)

    def _onderneming(self, kvk_nummer: str) -> Answer:
        profiel = self._basisprofiel(kvk_nummer)
        return NOTHING if profiel is None else basisprofiel(profiel)

    def _basisprofiel(self, kvk_nummer: str) -> dict[str, Any] | None:
        path = f"v1/basisprofielen/{kvk_nummer}"
        profiel = ask_kvk(self.service, path, paid=True)
        if profiel is not None:
            _require_number(profiel.get("kvkNummer"))
            _require_same(kvk_nummer, profiel.get("kvkNummer"))
        return profiel


def _best_row(found: dict[str, Any], rsin: str) -> dict[str, Any] | None:
    """Return the registration of a RSIN, preferably active and of the legal person."""
    rows = [row for row in found.get("resultaten") or [] if isinstance(row, dict)]
    ours = [
        row
        for row in rows
        if text(row.get("rsin")) in ("", rsin) and _is_number(row.get("kvkNummer"))
    ]
    ours.sort(key=lambda row: (not _is_active(row), row.get("type") != "rechtspersoon"))
    return ours[0] if ours else None


def _is_number(value: Any) -> bool:
    number = text(value)
    return number.isascii() and number.isdigit()


def _is_active(row: dict[str, Any]) -> bool:
    return text(row.get("actief")).lower() != "nee"


def _require_same(asked: str, answered: Any) -> None:
    if text(answered) != asked:
        raise PermanentRemoteError(_("KVK antwoordde over een ander nummer."))


def _require_number(answered: Any) -> None:
    """Raise if the response isn't a profile, which always has its number."""
    if not text(answered):
        raise TemporaryRemoteError(_("KVK antwoordde 200, maar zonder gegevens."))
