"""What stands in the peer's trade register, and what it answers about it."""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from testapp.peers.kept import KeptFile

FILES = Path(__file__).parent / "files" / "nhr"

Body = dict[str, Any]
Query = dict[str, str]
Reply = tuple[int, Any]

DESCRIPTIONS = {
    "IPD0004": "Het KvK nummer {0} is niet valide.",
    "IPD0005": "Op basis van het KVK-nummer {0} kan het product niet worden geleverd.",
    "IPD0006": "Het vestigingsnummer {0} is niet valide.",
    "IPD0007": (
        "Op basis van het vestigingsnummer {0} kan het product niet worden geleverd."
    ),
    "IPD0010": "Het RSI-nummer {0} is niet valide.",
    "IPD1002": (
        "De gegevens zijn tijdelijk niet leverbaar omdat deze in behandeling zijn. "
        "Probeer het later nog eens."
    ),
    "IPD1003": (
        "De gegevens zijn tijdelijk niet leverbaar. Probeer het over 5 minuten nog een "
        "keer."
    ),
    "IPD1999": "De volgende opgegeven parameter(s) is(zijn) ongeldig: {0}",
    "IPD5200": (
        "Er zijn geen gegevens gevonden die voldoen aan de opgegeven zoekparameters."
    ),
    "IPD9999": "Algemene technische fout.",
}
MOST_ON_A_PAGE = 500
FEWEST_ON_A_PAGE = 10


def fout(code: str, about: str) -> Body:
    """An error as KVK writes it."""
    text = DESCRIPTIONS.get(code, code).format(about)
    return {"fout": [{"code": code, "omschrijving": text}]}


def _is_ended(basisprofiel: Body) -> bool:
    eigenaar = basisprofiel["_embedded"].get("eigenaar", {})
    ends = basisprofiel.get("materieleRegistratie", {}).get("datumEinde")
    return bool(ends or eigenaar.get("datumUitschrijving"))


class Register:
    """The recordings, and what was changed in them: kept, if there is a file for it."""

    def __init__(self, file: KeptFile = KeptFile()) -> None:  # noqa: B008 - it is frozen
        self._lock = threading.Lock()
        self._bodies = {
            path.stem: json.loads(path.read_text(encoding="utf-8"))
            for path in FILES.glob("*.json")
        }
        self._file = file
        kept = file.read() or {"changes": {}, "signals": []}
        self._changes: dict[str, Body] = kept["changes"]
        self._signals: list[Body] = kept["signals"]
        for nummer, changes in self._changes.items():
            self._bodies[f"vestigingsprofiel-{nummer}"].update(changes)
        self.abonnement = self._bodies["abonnementen"]["abonnementen"][0]["id"]
        # the recording has two; one is enough, and is found without being named
        self._bodies["abonnementen"]["abonnementen"][1]["actief"] = False

    def answer(self, path: str, query: Query) -> Reply:
        """Status and body for a path."""
        for pattern, reply in self._routes().items():
            if match := re.fullmatch(pattern, path):
                with self._lock:
                    status, body = reply(*match.groups(), query)
                    return status, deepcopy(body)
        return 404, {"message": "no Route matched with those values", "status": 404}

    def change(self, nummer: str, changes: Body) -> Body:
        """Change a vestiging, and signal it."""
        with self._lock:
            profiel: Body = self._bodies[f"vestigingsprofiel-{nummer}"]
            profiel.update(changes)
            self._signals.append(self._signal(profiel, changes))
            self._changes.setdefault(nummer, {}).update(changes)
            self._file.write({"changes": self._changes, "signals": self._signals})
            return profiel

    def more(self, nummer: str) -> Body:
        """Return what only Dataservice has of a vestiging or a registration."""
        found: Body = self._bodies.get(f"dataservice-{nummer}", {})
        return found

    def knows(self, nummer: str) -> bool:
        """Whether there is such a vestiging, of which something can change."""
        return f"vestigingsprofiel-{nummer}" in self._bodies

    def _routes(self) -> dict[str, Callable[..., Reply]]:
        signals = rf"/api/v1/abonnementen/({self.abonnement})"
        return {
            r"/api/v1/vestigingsprofielen/([^/]+)": self._vestigingsprofiel,
            r"/api/v1/basisprofielen/([^/]+)": self._basisprofiel,
            r"/api/v2/zoeken": self._zoeken,
            r"/api/v1/abonnementen": lambda _query: (200, self._bodies["abonnementen"]),
            signals: self._list_signals,
            rf"{signals}/signalen/([^/]+)": self._one_signal,
            r"/bevragen/v1/(vestiging)en/([^/]+)": self._facade,
            r"/bevragen/v1/nietnatuurlijk(personen)/([^/]+)": self._facade,
        }

    def _vestigingsprofiel(self, nummer: str, query: Query) -> Reply:
        if not re.fullmatch(r"[0-9]{12}", nummer):
            return 400, fout("IPD0006", nummer)
        body = self._bodies.get(f"vestigingsprofiel-{nummer}")
        return (200, body) if body else (404, fout("IPD0007", nummer))

    def _basisprofiel(self, nummer: str, query: Query) -> Reply:
        if not re.fullmatch(r"[0-9]{8}", nummer):
            return 400, fout("IPD0004", nummer)
        body = self._bodies.get(f"basisprofiel-{nummer}")
        return (200, body) if body else (404, fout("IPD0005", nummer))

    def _zoeken(self, query: Query) -> Reply:
        rsin = query.get("rsin", "")
        if recorded := self._bodies.get(f"zoeken-rsin-{rsin}"):
            return 200, recorded
        inactive_too = query.get("inclusiefInactieveRegistraties") == "true"
        rows = [
            {
                "kvkNummer": body["kvkNummer"],
                "rsin": rsin,
                "naam": body["naam"],
                "type": "rechtspersoon",
                "actief": "Nee" if _is_ended(body) else "Ja",
            }
            for name, body in self._bodies.items()
            if name.startswith("basisprofiel-")
            and body["_embedded"].get("eigenaar", {}).get("rsin") == rsin
            and (inactive_too or not _is_ended(body))
        ]
        if not rsin or not rows:
            return 404, fout("IPD5200", "")
        page = {"pagina": 1, "resultatenPerPagina": 10, "totaal": len(rows)}
        return 200, {**page, "resultaten": rows}

    def _facade(self, kind: str, nummer: str, query: Query) -> Reply:
        name = "vestiging" if kind == "vestiging" else "rechtspersoon"
        body = self._bodies.get(f"facade-{name}-{nummer}")
        return (200, body) if body else (404, {"status": 404, "title": "Niet gevonden"})

    def _list_signals(self, abonnement: str, query: Query) -> Reply:
        size = int(query.get("aantal", 100))
        if not FEWEST_ON_A_PAGE <= size <= MOST_ON_A_PAGE:
            return 400, {"type": "about:blank", "title": "Bad Request", "status": 400}
        number = int(query.get("pagina", 1))
        rows = [
            {
                "id": signal["berichtId"],
                "timestamp": signal["registratieTijdstip"],
                "kvknummer": signal["heeftBetrekkingOp"]["kvkNummer"],
                "signaalType": signal["signaalType"],
                "vestigingsnummer": signal["heeftGewijzigdeVestiging"][
                    "vestigingsnummer"
                ],
            }
            for signal in self._signals
            if query.get("vanaf", "")
            <= signal["registratieTijdstip"]
            <= query.get("tot", "9")
        ]
        pages = max(1, -(-len(rows) // size))
        numbers = {"pagina": number, "aantal": size, "totaal": len(rows)}
        on_page = rows[(number - 1) * size : number * size]
        return 200, {**numbers, "totaalPaginas": pages, "signalen": on_page}

    def _one_signal(self, abonnement: str, identifier: str, query: Query) -> Reply:
        for signal in self._signals:
            if signal["berichtId"] == identifier:
                return 200, {"signaal": signal}
        return 422, {"type": "about:blank", "title": "Onbekend signaal", "status": 422}

    def _signal(self, profiel: Body, changes: Body) -> Body:
        return {
            "berichtId": str(uuid.uuid4()),
            "signaalType": "SignaalGewijzigdeVestiging",
            "registratieId": str(uuid.uuid4()),
            "registratieTijdstip": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "heeftBetrekkingOp": {
                "kvkNummer": profiel["kvkNummer"],
                "nonMailing": profiel.get("indNonMailing") == "Ja",
            },
            "heeftGewijzigdeVestiging": {
                "vestigingsnummer": profiel["vestigingsnummer"],
                "isHoofdvestiging": profiel.get("indHoofdvestiging") == "Ja",
                "isCommercieel": profiel.get("indCommercieleVestiging") == "Ja",
                "gewijzigdeGegevens": {
                    "activiteiten": False,
                    "adresgegevens": "adressen" in changes,
                    "gevolmachtigden": False,
                    "naamgeving": "eersteHandelsnaam" in changes,
                },
            },
        }
