"""Decide what a response of the register changes in each contact field. Pure functions.

The table in docs/nhr.md ("What the register no longer says") documents this module;
``tests/sync/nhr/test_histories.py`` compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from ...conf import settings
from ...constants import NhrOutcome
from .ownership import (
    FORMER,
    SOURCE,
    UNTIL,
    VALUE,
    WAS,
    Entry,
    Fact,
    Provenance,
    Values,
    empty_value,
    is_given,
    is_overridden,
    same,
)

ENDED = (NhrOutcome.UITGESCHREVEN, NhrOutcome.ONBEKEND)


@dataclass(frozen=True)
class Said:
    """The combined data of all sources for a number.

    ``silent`` are fields that a responding source can provide but has no value for;
    ``unfit`` are fields with a value that can't be taken over. ``heard`` are the names
    of the sources that have the number, ``without`` those of the sources that don't.
    """

    outcome: NhrOutcome = NhrOutcome.ACTUEEL
    facts: Mapping[str, Fact] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    unfit: frozenset[str] = frozenset()
    heard: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    adres_shielded: bool = False


@dataclass
class Decision:
    """The decision per field.

    ``changes`` are the fields to write; an empty value empties the field. ``gone`` are
    fields that the register no longer has, emptied or not. ``confirmed`` are fields
    whose value it has unchanged. The provenance of ``forgotten`` fields is dropped,
    because it mustn't keep a removed value.
    """

    changes: dict[str, Fact] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    confirmed: set[str] = field(default_factory=set)
    forgotten: set[str] = field(default_factory=set)


class _Fate(Enum):
    STAYS = auto()
    IS_MARKED = auto()
    IS_EMPTIED = auto()
    IS_FORGOTTEN = auto()


def decide(values: Values, provenance: Provenance, said: Said) -> Decision:
    """Decide on the fields of a klant. Values of consumers are never changed."""
    result = Decision()
    if said.outcome == NhrOutcome.STORING:
        return result
    for name, fact in said.facts.items():
        if not fact.value or is_overridden(name, values[name], provenance):
            continue
        if same(name, values[name], fact.value):
            result.confirmed.add(name)
        else:
            result.changes[name] = fact
    for name, entry in provenance.items():
        if name not in said.facts and is_given(name, values[name], provenance):
            _decide_unsaid(name, entry, said, result)
    return result


def _decide_unsaid(name: str, entry: Entry, said: Said, result: Decision) -> None:
    # no data of another company is kept, not even in the provenance
    fate = _Fate.IS_FORGOTTEN if entry.get(FORMER) else _fate(name, entry, said)
    if fate in (_Fate.IS_EMPTIED, _Fate.IS_FORGOTTEN):
        result.changes[name] = Fact(empty_value(name), entry[SOURCE])
    if fate in (_Fate.IS_EMPTIED, _Fate.IS_MARKED):
        result.gone.add(name)
    if fate is _Fate.IS_FORGOTTEN:
        result.forgotten.add(name)


def _fate(name: str, entry: Entry, said: Said) -> _Fate:
    """Return the fate of a value of this number that the register doesn't have now."""
    if said.outcome in ENDED:
        return _Fate.IS_EMPTIED if settings.NHR_EMPTY_ENDED else _Fate.IS_MARKED
    if name == "adres" and said.adres_shielded:
        return _Fate.IS_FORGOTTEN if settings.NHR_REMOVE_SHIELDED else _Fate.STAYS
    if name in said.silent and entry[SOURCE] in said.heard:
        return _Fate.IS_EMPTIED if settings.NHR_EMPTY_ABSENT else _Fate.IS_MARKED
    is_unsure = name in said.unfit or entry[SOURCE] in said.without
    return _Fate.IS_MARKED if is_unsure else _Fate.STAYS


def after_decision(
    before: Provenance, after: Provenance, decision: Decision, moment: datetime
) -> Provenance:
    """Return the provenance with marks, from those before and after the change."""
    result = dict(after)
    for name in decision.confirmed & set(result):
        result[name] = _without_marks(result[name])
    for name in decision.forgotten:
        del result[name]
    for name in decision.gone:
        since = before[name].get(UNTIL, moment.isoformat())
        marks = {UNTIL: since}
        if name in decision.changes:
            marks[WAS] = before[name][VALUE]
        result[name] = {**result[name], **marks}
    return result


def _without_marks(entry: Entry) -> Entry:
    return {key: part for key, part in entry.items() if key not in (FORMER, UNTIL, WAS)}
