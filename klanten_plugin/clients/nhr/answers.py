"""Store the answers of sources, to avoid repeated paid requests.

An answer is stored with each klant as JSON: the data per source, and the time of its
next request. If a source failed, only that one is queried again; the answers of the
others are reused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from .protocol import Answer


@dataclass(frozen=True)
class Kept:
    """The stored result of querying a source.

    ``answer`` is ``None`` if it failed. ``again_at`` is the time from which it can be
    queried again. ``times`` is the number of failures, or of unknown outcomes, in a
    row.
    """

    again_at: datetime
    answer: Answer | None = None
    times: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the value for ``NhrState.answers``."""
        answer = _storable(asdict(self.answer)) if self.answer else None
        return {
            "opnieuw": self.again_at.isoformat(),
            "keer": self.times,
            "antwoord": answer,
        }


def _storable(value: Any) -> Any:
    """Return the value without texts that PostgreSQL can't store."""
    if isinstance(value, Mapping):
        return {name: _storable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(part) for part in value]
    if isinstance(value, str) and not _can_be_stored(value):
        return None
    return value


def _can_be_stored(text: str) -> bool:
    # a lone surrogate becomes a question mark
    return "\0" not in text and text.encode(errors="replace").decode() == text


Known = Mapping[str, Kept]
"""Stored results by key of the source."""


def read_kept(stored: Mapping[str, Any]) -> dict[str, Kept]:
    """Parse ``NhrState.answers``."""
    return {key: _kept(entry) for key, entry in stored.items()}


def _kept(entry: Mapping[str, Any]) -> Kept:
    answer = entry["antwoord"]
    if answer is not None:
        remarks = tuple((name, reason) for name, reason in answer["remarks"])
        answer = Answer(**{**answer, "remarks": remarks})
    return Kept(datetime.fromisoformat(entry["opnieuw"]), answer, entry["keer"])


def kept_answers(
    stored: Iterable[Mapping[str, Any]], now: datetime, *, forced: bool
) -> dict[str, Kept]:
    """Return the stored answers for a number, from ``NhrState.answers`` of its klanten.

    An answer is only reused if all klanten have it, so that a new klant causes a
    request. For other sources, or for all if ``forced``, only ``times`` is returned.
    """
    known: dict[str, Kept] | None = None
    for each in stored:
        kept = {
            key: one if one.again_at > now and not forced else replace(one, answer=None)
            for key, one in read_kept(each).items()
        }
        known = kept if known is None else {k: known[k] for k in known if k in kept}
    return known or {}
