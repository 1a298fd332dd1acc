"""Findings of the doctor."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.core.checks import ERROR, CheckMessage
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from ...exceptions import (
    AccessRefused,
    ConfigurationError,
    RemoteError,
    TemporaryRemoteError,
)
from ...findings import APP_LABEL, KINDS

PACKAGE = Path(__file__).parents[2]

WARNINGS = frozenset({"D004", "D009", "D011", "D012", "D015"})
"""Findings that don't break the plugin, but need attention."""

OF_THE_HOST = (ImproperlyConfigured, ImportError, OSError)
"""Exceptions caused by settings or the machine, wherever they are raised."""


class Verdict(StrEnum):
    """The states of a finding, as in JSON."""

    GOOD = "ok"
    WARNING = "warning"
    BAD = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """A finding. ``id`` and ``state`` don't depend on the language.

    Without a name it gets that of its probe.
    """

    name: str
    state: Verdict
    what: str
    why: str = ""
    advice: str = ""
    id: str = ""


def good(what: object, name: str = "") -> Finding:
    """Return a finding without a problem."""
    return Finding(name, Verdict.GOOD, str(what))


def skipped(what: object, name: str = "") -> Finding:
    """Return a finding for a part that is unused, or whose requirements aren't met."""
    return Finding(name, Verdict.SKIPPED, str(what))


def wrong(code: str, name: str = "", **values: Any) -> Finding:
    """Return the finding with this code, as a warning or an error."""
    what, why, mend = KINDS[code].texts(values)
    state = Verdict.WARNING if code in WARNINGS else Verdict.BAD
    return Finding(name, state, what, why, mend, f"{APP_LABEL}.{code}")


def of_check(message: CheckMessage) -> Finding:
    """Return the finding for a message of a system check."""
    state = Verdict.BAD if message.level >= ERROR else Verdict.WARNING
    code = str(message.id)
    what, advice = f"{code}: {message.msg}", str(message.hint)
    return Finding("", state, what, advice=advice, id=code)


def guarded(name: str, probe: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """Return the findings of a probe with this name, unless they have their own.

    An exception becomes a finding as well.
    """
    rows: list[Finding] = []
    try:
        rows += probe()
    except RemoteError as error:
        rows.append(wrong(_code_of(error), error=error))
    except DatabaseError as error:
        rows.append(wrong("D024", error=type(error).__name__))
    except Exception as error:  # noqa: BLE001 - reported as a finding
        code = "D025" if _is_our_fault(error) else "D026"
        rows.append(wrong(code, error=type(error).__name__, at=_place(error)))
    return [replace(row, name=row.name or name) for row in rows]


def _code_of(error: RemoteError) -> str:
    kinds = {
        AccessRefused: "D020",
        ConfigurationError: "D023",
        TemporaryRemoteError: "D021",
    }
    return next(
        (code for kind, code in kinds.items() if isinstance(error, kind)), "D022"
    )


def _is_our_fault(error: Exception) -> bool:
    """Whether it is a bug in the plugin, not caused by settings or the machine."""
    raised_in = Path(_frame(error).filename)
    return not isinstance(error, OF_THE_HOST) and raised_in.is_relative_to(PACKAGE)


def _place(error: Exception) -> str:
    """Return file and line, without values."""
    frame = _frame(error)
    return f"{frame.filename}:{frame.lineno}"


def _frame(error: Exception) -> traceback.FrameSummary:
    return traceback.extract_tb(error.__traceback__)[-1]
