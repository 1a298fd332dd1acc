"""What was found of one thing that was tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from django.db import DatabaseError
from django.utils.translation import gettext as _, gettext_lazy

from ...exceptions import ConfigurationError, RemoteError, TemporaryRemoteError

SETTINGS_ADVICE = gettext_lazy("Verbeter de service in de admin of met klanten_setup.")
REACH_ADVICE = gettext_lazy(
    "Kijk of de andere kant draait, en vanaf deze machine te bereiken is."
)
LOOK_ADVICE = gettext_lazy(
    "Controleer de API-root van de service, en de logs van de andere kant."
)
DATABASE_ADVICE = gettext_lazy("Draai `manage.py migrate`.")
BUG_ADVICE = gettext_lazy("Meld dit bij de makers, met de logs van deze opdracht.")


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


def good(name: str, what: object) -> Finding:
    """As it should be."""
    return Finding(name, Verdict.GOOD, str(what))


def warning(name: str, what: object, advice: object) -> Finding:
    """It works, but somebody should look."""
    return Finding(name, Verdict.WARNING, str(what), str(advice))


def bad(name: str, what: object, advice: object) -> Finding:
    """It doesn't work."""
    return Finding(name, Verdict.BAD, str(what), str(advice))


def skipped(name: str, what: object) -> Finding:
    """Not tried: it isn't used, or what it needs is away."""
    return Finding(name, Verdict.SKIPPED, str(what))


def guarded(name: str, probe: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """What a probe finds, an exception included: the others are still to be tried."""
    found: list[Finding] = []
    try:
        found += probe()
    except RemoteError as error:
        found.append(bad(name, str(error), _advice(error)))
    except DatabaseError as error:
        found.append(
            bad(
                name,
                _("database: {error}").format(error=type(error).__name__),
                DATABASE_ADVICE,
            )
        )
    except Exception as error:  # noqa: BLE001 - a table, not a traceback
        found.append(
            bad(
                name,
                _("onverwacht: {error}").format(error=type(error).__name__),
                BUG_ADVICE,
            )
        )
    return found


def _advice(error: RemoteError) -> object:
    if isinstance(error, ConfigurationError):
        return SETTINGS_ADVICE
    return REACH_ADVICE if isinstance(error, TemporaryRemoteError) else LOOK_ADVICE
