"""KVK's Mutatieservice: signals of changed registrations.

A signal names the changed block, without the new values.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from zgw_consumers.models import Service

from ...exceptions import ConfigurationError, TemporaryRemoteError
from ..http.answers import Meaning, Rule
from .errors import KVK
from .kvk_http import ask_kvk
from .profiles import mapping, text

PAGE_SIZE = 500
SIGNAL = replace(KVK, rules=(Rule(Meaning.ABSENT, {404, 410, 422}), *KVK.rules))
"""The table for a signal, which can be listed although it can't be read (any more)."""


@dataclass(frozen=True)
class Signal:
    """A line of the list of signals."""

    id: str
    timestamp: datetime
    soort: str
    kvk_nummer: str
    vestigingsnummer: str


@dataclass(frozen=True)
class SignalPage:
    """A page of the list, and whether there are more."""

    signals: tuple[Signal, ...]
    is_last: bool


class Mutatieservice:
    """The signals of a subscription. All methods raise ``RemoteError``."""

    def __init__(self, service: Service, abonnement: str = "") -> None:
        self.service = service
        self.abonnement = abonnement or self._only_abonnement()

    def _only_abonnement(self) -> str:
        active = active_abonnementen(self.service)
        if len(active) != 1:
            raise ConfigurationError(
                _(
                    "Er zijn {active} actieve abonnementen op de Mutatieservice: vul in de "
                    "configuratie de id in van het abonnement dat geldt."
                ).format(active=len(active))
            )
        return active[0]

    def page(self, vanaf: datetime, tot: datetime, number: int) -> SignalPage:
        """Return a page of the signals in a period. Pages are numbered from 1."""
        params: dict[str, str | int] = {
            "vanaf": _stamp(vanaf),
            "tot": _stamp(tot),
            "pagina": number,
            "aantal": PAGE_SIZE,
        }
        body = ask_kvk(
            self.service,
            f"v1/abonnementen/{self.abonnement}",
            paid=False,
            params=params,
        )
        rows = (body or {}).get("signalen")
        last = (body or {}).get("totaalPaginas")
        if not isinstance(rows, list) or not isinstance(last, int):
            # stop at an invalid response, so that no signals are skipped
            raise TemporaryRemoteError(
                _("KVK gaf een lijst signalen die niet te lezen is.")
            )
        return SignalPage(
            tuple(signal_from(mapping(row)) for row in rows), number >= last
        )

    def detail(self, signal: Signal) -> dict[str, Any] | None:
        """Return the contents of a signal, or ``None`` if it can't be read."""
        path = f"v1/abonnementen/{self.abonnement}/signalen/{signal.id}"
        body = ask_kvk(self.service, path, paid=False, answers=SIGNAL)
        found = (body or {}).get("signaal")
        return found if isinstance(found, dict) else None


def active_abonnementen(service: Service) -> list[str]:
    """Return the ids of active subscriptions. Raises ``RemoteError``."""
    body = ask_kvk(service, "v1/abonnementen", paid=False) or {}
    rows = [mapping(row) for row in body.get("abonnementen") or []]
    return [text(row.get("id")) for row in rows if row.get("actief") is True]


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def signal_from(row: Any) -> Signal:
    """Return a signal from a row of the list."""
    try:
        timestamp = datetime.fromisoformat(text(row.get("timestamp")))
    except ValueError:
        timestamp = timezone.now()
    if timezone.is_naive(timestamp):
        timestamp = timestamp.replace(tzinfo=UTC)
    return Signal(
        id=text(row.get("id")),
        timestamp=timestamp,
        soort=text(row.get("signaalType")),
        kvk_nummer=text(row.get("kvknummer") or row.get("kvkNummer")),
        vestigingsnummer=text(row.get("vestigingsnummer")),
    )
