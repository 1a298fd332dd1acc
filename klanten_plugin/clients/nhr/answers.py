"""Keep the answers of sources, so that none is asked and paid for again too early.

An answer is kept with each klant, as JSON: per source what it said, and from when it may
be asked again. A source that failed is asked again by itself; what the others said is
taken from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from .protocol import Answer, Source


@dataclass(frozen=True)
class Kept:
    """What became of asking a source.

    ``answer`` is ``None`` where it failed. It is asked again from ``again_at`` on.
    ``times`` is how often in a row it failed, or had nothing under the number.
    """

    again_at: datetime
    answer: Answer | None = None
    times: int = 0

    def as_json(self) -> dict[str, Any]:
        """For ``NhrState.answers``."""
        answer = _storable(asdict(self.answer)) if self.answer else None
        return {
            "opnieuw": self.again_at.isoformat(),
            "keer": self.times,
            "antwoord": answer,
        }


def _storable(value: Any) -> Any:
    """The value without texts that PostgreSQL can't store; they fit no field either."""
    if isinstance(value, Mapping):
        return {name: _storable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(part) for part in value]
    if isinstance(value, str) and not _can_be_stored(value):
        return None
    return value


def _can_be_stored(text: str) -> bool:
    # a lone half of a surrogate pair becomes a question mark
    return "\0" not in text and text.encode(errors="replace").decode() == text


Known = Mapping[str, Kept]
"""What is kept, by the key of the source."""


def source_key(source: Source) -> str:
    """The key under which the answer of a source is kept."""
    return str(getattr(source, "key", source.name))


def read_kept(stored: Mapping[str, Any]) -> dict[str, Kept]:
    """What ``NhrState.answers`` holds."""
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
    """What is known of one number, from ``NhrState.answers`` of the klanten with it.

    Only an answer that is kept with all of them is returned: a klant that is new has to
    be asked for. Of the others only ``times`` is known; of all of them, if ``forced``.
    """
    known: dict[str, Kept] | None = None
    for each in stored:
        kept = {
            key: one if one.again_at > now and not forced else replace(one, answer=None)
            for key, one in read_kept(each).items()
        }
        known = kept if known is None else {k: known[k] for k in known if k in kept}
    return known or {}
