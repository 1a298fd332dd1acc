"""What was found of one thing that was tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from django.db import DatabaseError

from ...exceptions import ConfigurationError, RemoteError, TemporaryRemoteError

SETTINGS_ADVICE = "Verbeter de service in de admin of met klanten_setup."
REACH_ADVICE = "Kijk of de andere kant draait, en vanaf deze machine te bereiken is."
LOOK_ADVICE = "Controleer de API-root van de service, en de logs van de andere kant."
DATABASE_ADVICE = "Draai `manage.py migrate`."
BUG_ADVICE = "Meld dit bij de makers, met de logs van deze opdracht."


class Verdict(Enum):
    """How it is: as JSON has it."""

    GOOD = "ok"
    WARNING = "warning"
    BAD = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """A line of the table; ``advice`` is what to do."""

    name: str
    state: Verdict
    what: str
    advice: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "state": self.state.value}


def good(name: str, what: str) -> Finding:
    """As it should be."""
    return Finding(name, Verdict.GOOD, what)


def warning(name: str, what: str, advice: str) -> Finding:
    """It works, but somebody should look."""
    return Finding(name, Verdict.WARNING, what, advice)


def bad(name: str, what: str, advice: str) -> Finding:
    """It doesn't work."""
    return Finding(name, Verdict.BAD, what, advice)


def skipped(name: str, what: str) -> Finding:
    """Not tried: it isn't used, or what it needs is away."""
    return Finding(name, Verdict.SKIPPED, what)


def guarded(name: str, probe: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """What a probe finds, an exception included: the others are still to be tried."""
    found: list[Finding] = []
    try:
        found += probe()
    except RemoteError as error:
        found.append(bad(name, str(error), _advice(error)))
    except DatabaseError as error:
        found.append(bad(name, f"database: {type(error).__name__}", DATABASE_ADVICE))
    except Exception as error:  # noqa: BLE001 - a table, not a traceback
        found.append(bad(name, f"onverwacht: {type(error).__name__}", BUG_ADVICE))
    return found


def _advice(error: RemoteError) -> str:
    if isinstance(error, ConfigurationError):
        return SETTINGS_ADVICE
    return REACH_ADVICE if isinstance(error, TemporaryRemoteError) else LOOK_ADVICE
