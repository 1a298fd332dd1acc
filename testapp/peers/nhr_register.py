"""The data of the stand-in's trade register: recordings, and changes to them."""

from __future__ import annotations

import json
import threading
import uuid
from datetime import UTC, datetime
from pathlib import Path

from testapp.peers.kept import KeptFile
from testapp.peers.tokens import Body, Problem
from testapp.peers.wire import Reply

FILES = Path(__file__).parent / "files" / "nhr"

DESCRIPTIONS: dict[str, str] = json.loads(
    (FILES / "fouten.json").read_text(encoding="utf-8")
)
"""Texts by code, with a place for the number."""

NOT_VALID = ("IPD0004", "IPD0006", "IPD1999")
"""These numbers get a 400, others a 404."""


class Fout(Problem):
    """An error in KVK's format: a code, and the number that it refers to."""

    def __init__(self, code: str, about: str = "") -> None:
        super().__init__(400 if code in NOT_VALID else 404, code)
        self.about = about

    @property
    def text(self) -> str:
        return DESCRIPTIONS.get(self.code, self.code).format(self.about)

    def content(self) -> Body:
        return {"fout": [{"code": self.code, "omschrijving": self.text}]}

    def reply(self, origin: str) -> Reply:
        return Reply(self.status, self.content(), "application/json")


class Register:
    """Bodies by the names of their files, and signals of changes."""

    def __init__(self, file: KeptFile | None = None) -> None:
        self.lock = threading.RLock()
        self.bodies: dict[str, Body] = {
            path.stem: json.loads(path.read_text(encoding="utf-8"))
            for path in FILES.glob("*.json")
        }
        self._file = file or KeptFile()
        kept = self._file.read() or {"changes": {}, "signals": []}
        self._changes: dict[str, Body] = kept["changes"]
        self.signals: list[Body] = kept["signals"]
        for nummer, changes in self._changes.items():
            self.vestigingsprofiel(nummer).update(changes)
        # the recording has two; with one, no name is needed to find it
        self.bodies["abonnementen"]["abonnementen"][1]["actief"] = False

    @property
    def abonnement(self) -> str:
        """Return the only active subscription."""
        return str(self.bodies["abonnementen"]["abonnementen"][0]["id"])

    def vestigingsprofiel(self, nummer: str) -> Body:
        """Return the profile of a vestiging. Raises :class:`Fout`."""
        if not (nummer.isdigit() and len(nummer) == 12):
            raise Fout("IPD0006", nummer)
        return self.found(f"vestigingsprofiel-{nummer}", Fout("IPD0007", nummer))

    def basisprofiel(self, nummer: str) -> Body:
        """Return the profile of a registration. Raises :class:`Fout`."""
        if not (nummer.isdigit() and len(nummer) == 8):
            raise Fout("IPD0004", nummer)
        return self.found(f"basisprofiel-{nummer}", Fout("IPD0005", nummer))

    def found(self, name: str, error: Problem) -> Body:
        """Return a body, or raise the error if there is none."""
        if not self.bodies.get(name):
            raise error
        return self.bodies[name]

    def zoeken(self, rsin: str, *, inactive_too: bool = False) -> Body:
        """Return the registrations of a RSIN. Raises :class:`Fout`."""
        if recorded := self.bodies.get(f"zoeken-rsin-{rsin}"):
            return recorded
        rows = [
            {
                "kvkNummer": body["kvkNummer"],
                "rsin": rsin,
                "naam": body["naam"],
                "type": "rechtspersoon",
                "actief": "Nee" if _is_ended(body) else "Ja",
            }
            for name, body in self.bodies.items()
            if name.startswith("basisprofiel-")
            and body["_embedded"].get("eigenaar", {}).get("rsin") == rsin
            and (inactive_too or not _is_ended(body))
        ]
        if not rsin or not rows:
            raise Fout("IPD5200")
        page = {"pagina": 1, "resultatenPerPagina": 10, "totaal": len(rows)}
        return {**page, "resultaten": rows}

    def more(self, nummer: str) -> Body:
        """Return the data of a vestiging or registration that only Dataservice has."""
        return self.bodies.get(f"dataservice-{nummer}", {})

    def change(self, nummer: str, changes: Body) -> Body:
        """Change a vestiging, and signal it. Raises :class:`Fout`."""
        with self.lock:
            profiel = self.vestigingsprofiel(nummer)
            profiel.update(changes)
            self.signals.append(signal_of(profiel, changes))
            self._changes.setdefault(nummer, {}).update(changes)
            self._file.write({"changes": self._changes, "signals": self.signals})
            return profiel


def _is_ended(basisprofiel: Body) -> bool:
    eigenaar = basisprofiel["_embedded"].get("eigenaar", {})
    ends = basisprofiel.get("materieleRegistratie", {}).get("datumEinde")
    return bool(ends or eigenaar.get("datumUitschrijving"))


def signal_of(profiel: Body, changes: Body) -> Body:
    """Return the Mutatieservice's entry for a changed vestiging."""
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
