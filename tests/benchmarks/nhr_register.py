"""A fake trade register on a simulated clock.

The clock is simulated in the process (`timezone.now`) and in PostgreSQL (a function
`statement_timestamp` in a schema before `pg_catalog` in the search path). KVK, its
Mutatieservice and a facade respond within the process, instead of `exchange`.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from requests.structures import CaseInsensitiveDict

from klanten_plugin.clients.http.reply import Reply

BEGIN = datetime(2027, 1, 1, 0, 5, tzinfo=UTC)
CHANGING_A_MONTH = 0.03
WEBSITE_PART = 0.1
MONTH = 30.4
DAY = timedelta(days=1)
ROOT = "https://kvk.example.nl/api/"
FACADE = "https://facade.example.nl/hr/"
KEPT_SIGNALS = 5_000

CLOCK = """
    CREATE SCHEMA sim;
    CREATE FUNCTION sim.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
    AS $$ SELECT current_setting('sim.now')::timestamptz $$;
    SET search_path = sim, public, pg_catalog;
    SET synchronous_commit = off;
"""


class Clock:
    """The simulated time, for Python and for PostgreSQL."""

    now = BEGIN

    @classmethod
    def read(cls) -> datetime:
        return cls.now

    @classmethod
    def set(cls, moment: datetime) -> None:
        cls.now = moment
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('sim.now', %s, false)", [moment.isoformat()]
            )


@dataclass
class Register:
    """The register, with measurements of the requests to it."""

    rng: random.Random
    changed: dict[str, datetime] = field(default_factory=dict)
    asked: dict[str, datetime] = field(default_factory=dict)
    signals: list[dict[str, str]] = field(default_factory=list)
    paid: Counter[int] = field(default_factory=Counter)
    waits: list[timedelta] = field(default_factory=list)
    oldest: timedelta = timedelta()
    created: dict[str, datetime] = field(default_factory=dict)
    """Klanten that weren't looked up yet, with their time of creation."""
    facade_down: bool = False

    def answer(self, service: Any, _method: str, path: str, **options: Any) -> Reply:
        """Replacement of `klanten_plugin.clients.http.exchange.exchange`."""
        root, status = service.api_root, 200
        if root == FACADE:
            status = 500 if self.facade_down else 200
            body: dict[str, Any] = {"telefoonnummer": "0301234567"}
        elif path.startswith("v1/vestigingsprofielen/"):
            body = self._profiel(path.rsplit("/", 1)[1])
        elif "/signalen/" in path:
            body = _signal(path.rsplit("/", 1)[1])
        elif path.startswith("v1/abonnementen/"):
            body = self._page(options["params"])
        else:
            body = {"totaal": 0}  # of a search, which is used to test a source
        headers = CaseInsensitiveDict({"Content-Type": "application/json"})
        return Reply(status, headers, json.dumps(body).encode())

    def _profiel(self, nummer: str) -> dict[str, Any]:
        self.paid[(Clock.now - BEGIN).days] += 1
        if nummer in self.created:
            self.waits.append(Clock.now - self.created.pop(nummer))
        elif nummer in self.asked:
            self.oldest = max(self.oldest, Clock.now - self.asked[nummer])
        self.asked[nummer] = Clock.now
        version = self.changed.get(nummer, BEGIN).isoformat()
        return {
            "vestigingsnummer": nummer,
            "kvkNummer": nummer[4:],
            "eersteHandelsnaam": f"Bakkerij {nummer} {version}",
            "websites": ["www.example.nl"],
            "adressen": [],
        }

    def _page(self, params: dict[str, Any]) -> dict[str, Any]:
        low, high = params["vanaf"], params["tot"]
        rows = [row for row in self.signals if low <= row["timestamp"] <= high]
        return {"totaalPaginas": 1, "signalen": rows}

    def change_some(self, numbers: list[str], step: timedelta) -> None:
        """Change 3 % per month. One in ten changes only its website, unsignalled."""
        expected = len(numbers) * CHANGING_A_MONTH * (step / DAY / MONTH)
        for nummer in self.rng.choices(numbers, k=self.about(expected)):
            self.changed[nummer] = Clock.now
            if self.rng.random() < WEBSITE_PART:
                continue
            row = {
                "id": f"{nummer}-{Clock.now.timestamp():.0f}",
                "timestamp": Clock.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "kvknummer": nummer[4:],
                "signaalType": "SignaalGewijzigdeVestiging",
                "vestigingsnummer": nummer,
            }
            self.signals = [*self.signals[-KEPT_SIGNALS:], row]

    def about(self, expected: float) -> int:
        """Return a random integer with mean ``expected``."""
        return int(expected) + (self.rng.random() < expected % 1)

    def unasked_oldest(self) -> timedelta:
        """Return the current age of the oldest value."""
        return Clock.now - min(self.asked.values())


def _signal(signal_id: str) -> dict[str, Any]:
    part = {
        "vestigingsnummer": signal_id.split("-")[0],
        "isHoofdvestiging": False,
        "gewijzigdeGegevens": {"naamgeving": True},
    }
    kind = "SignaalGewijzigdeVestiging"
    return {"signaal": {"signaalType": kind, "heeftGewijzigdeVestiging": part}}
