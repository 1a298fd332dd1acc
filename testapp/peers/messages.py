"""Is this a message that a Notificaties API takes?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from testapp.peers.answers import Fault

MAX_LENGTHS = {"kanaal": 50, "resource": 100, "actie": 100}
URLS = ("hoofdObject", "resourceUrl")
REQUIRED = (*MAX_LENGTHS, *URLS, "aanmaakdatum")
KENMERK_LENGTH = 1000


def faults_of(message: Any) -> list[Fault]:
    """What is wrong with it; nothing for a message that is taken."""
    if not isinstance(message, dict):
        return [Fault("nonFieldErrors", "invalid", "Geen object.")]
    faults = [fault for name in REQUIRED if (fault := _missing(message, name))]
    names = {fault.name for fault in faults}
    faults += [
        Fault(name, "max_length", f"Langer dan {most} tekens.")
        for name, most in MAX_LENGTHS.items()
        if name not in names and len(str(message[name])) > most
    ]
    faults += [
        Fault(name, "invalid", "Geen URL.")
        for name in URLS
        if name not in names and not _is_url(message[name])
    ]
    if "aanmaakdatum" not in names:
        faults += _faults_of_date(message["aanmaakdatum"])
    return faults + _faults_of_kenmerken(message.get("kenmerken", {}))


def _missing(message: dict[str, Any], name: str) -> Fault | None:
    if name not in message:
        return Fault(name, "required", "Dit veld is vereist.")
    if message[name] is None:
        return Fault(name, "null", "Dit veld mag niet leeg zijn.")
    if message[name] == "":
        return Fault(name, "blank", "Dit veld mag niet leeg zijn.")
    return None


def _is_url(value: Any) -> bool:
    parts = urlsplit(value) if isinstance(value, str) else None
    return bool(parts and parts.scheme in ("http", "https") and parts.netloc)


def _faults_of_date(value: Any) -> list[Fault]:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return [Fault("aanmaakdatum", "invalid", "Geen datum en tijd.")]
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    # the real one has no leeway; this one shares our clock, but not its last digit
    if moment > datetime.now(UTC) + timedelta(milliseconds=1):
        reason = "De datum mag niet in de toekomst liggen."
        return [Fault("aanmaakdatum", "future_not_allowed", reason)]
    return []


def _faults_of_kenmerken(kenmerken: Any) -> list[Fault]:
    if not isinstance(kenmerken, dict):
        return [Fault("kenmerken", "not_a_dict", "Geen object.")]
    faults = []
    for name, value in kenmerken.items():
        if value is None:
            reason = "Dit veld mag niet leeg zijn."
            faults.append(Fault(f"kenmerken.{name}", "null", reason))
        elif not isinstance(value, str):
            faults.append(Fault(f"kenmerken.{name}", "invalid", "Geen tekst."))
        elif len(value) > KENMERK_LENGTH:
            reason = f"Langer dan {KENMERK_LENGTH} tekens."
            faults.append(Fault(f"kenmerken.{name}", "max_length", reason))
    return faults
