"""What do all sources together say of one number?

The most trusted source that delivers a field gives it. A source that can't add anything
isn't asked: most answers cost money.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from ...clients.nhr.protocol import Answer, Source
from ...conf import settings
from ...constants import NhrOutcome
from ...domain.nhr.fitting import DoesNotFit, fit
from ...domain.nhr.ownership import Fact, normalised
from ...domain.nhr.takeover import RegisterAnswer
from ...exceptions import TemporaryRemoteError
from ...models.nhr import NhrNummer

SLOW_FACTOR = 3.0
"""How much longer the interval is of what the register can't deliver."""

PARTLY_SECONDS = 24 * 3600.0
"""When to ask again after a source that added to others didn't answer."""

UNAVAILABLE = "{source} antwoordde niet."
NOT_FOUND = "{source} heeft niets onder dit nummer."
CLOSED = "Uitgeschreven volgens {source}: er wordt niets overgenomen."

_random = random.SystemRandom()


@dataclass
class _Gathered:
    facts: dict[str, Fact] = field(default_factory=dict)
    remarks: list[tuple[str, str]] = field(default_factory=list)
    answered: bool = False
    found: bool = False
    closed: bool = False
    shielded: bool = False
    incomplete: bool = False
    untouchable: set[str] = field(default_factory=set)
    """Fields that a more trusted source may have, but couldn't give now."""
    kvk_nummer: str = ""


def consult(sources: Iterable[Source], number: NhrNummer) -> RegisterAnswer:
    """Ask the sources for a number, the most trusted first.

    Raises a ``RemoteError`` of the first that is asked. One of those that come after an
    answer is left out until tomorrow, so that the answer isn't paid for again.
    """
    gathered = _Gathered()
    for source in sources:
        if number.soort not in source.soorten or not _can_add(source, gathered):
            continue
        try:
            answer = source.look_up(_as_known(number, gathered))
        except TemporaryRemoteError:
            if not gathered.answered:
                raise
            gathered.incomplete = True
            gathered.untouchable |= source.fields
            gathered.remarks.append(("", UNAVAILABLE.format(source=source.name)))
            continue
        _add(gathered, source, answer)
        if gathered.closed:
            break
    return _register(gathered)


def _as_known(number: NhrNummer, gathered: _Gathered) -> NhrNummer:
    """Return the number with the KVK-nummer that an earlier source told."""
    return replace(number, kvk_nummer=gathered.kvk_nummer or number.kvk_nummer)


def _can_add(source: Source, gathered: _Gathered) -> bool:
    return bool(source.fields - set(gathered.facts) - gathered.untouchable)


def _add(gathered: _Gathered, source: Source, answer: Answer) -> None:
    gathered.answered = True
    if not answer.found:
        gathered.remarks.append(("", NOT_FOUND.format(source=source.name)))
        return
    gathered.found = True
    gathered.kvk_nummer = gathered.kvk_nummer or answer.kvk_nummer
    if answer.closed:
        gathered.closed = True
        gathered.remarks.append(("", CLOSED.format(source=source.name)))
        return
    gathered.remarks += [
        (name, reason) for name, reason in answer.remarks if name not in gathered.facts
    ]
    if answer.adres_shielded and "adres" not in gathered.facts:
        gathered.shielded = True
        if "adres" not in answer.values:
            # what one source shields, a less trusted one must not give away
            gathered.untouchable.add("adres")
    for name, value in answer.values.items():
        if name in source.fields and _is_open(gathered, name):
            _add_fact(gathered, source, name, value)


def _is_open(gathered: _Gathered, name: str) -> bool:
    return name not in gathered.facts and name not in gathered.untouchable


def _add_fact(gathered: _Gathered, source: Source, name: str, value: Any) -> None:
    try:
        fitted, left_out = fit(name, value)
    except DoesNotFit as error:
        gathered.remarks.append((name, str(error)))
        return
    gathered.remarks += [(name, reason) for reason in left_out]
    if fitted := normalised(name, fitted):
        gathered.facts[name] = Fact(fitted, source.name)


def _register(gathered: _Gathered) -> RegisterAnswer:
    outcome = _outcome(gathered)
    facts = {} if gathered.closed else gathered.facts
    return RegisterAnswer(
        facts=facts,
        remarks=tuple(gathered.remarks),
        outcome=outcome,
        adres_shielded=gathered.shielded,
        kvk_nummer=gathered.kvk_nummer,
        due_at=next_time(outcome),
    )


def _outcome(gathered: _Gathered) -> NhrOutcome:
    if gathered.closed:
        return NhrOutcome.UITGESCHREVEN
    if gathered.incomplete:
        return NhrOutcome.DEELS
    return NhrOutcome.ACTUEEL if gathered.found else NhrOutcome.ONBEKEND


SLOW = {NhrOutcome.UITGESCHREVEN, NhrOutcome.ONBEKEND, NhrOutcome.FOUT}


def next_time(outcome: NhrOutcome) -> datetime:
    """When to ask again: after the interval, more or less."""
    seconds = settings.NHR_INTERVAL_DAYS * 24 * 3600.0
    if outcome == NhrOutcome.DEELS:
        seconds = min(seconds, PARTLY_SECONDS)
    elif outcome in SLOW:
        seconds *= SLOW_FACTOR
    spread = settings.NHR_JITTER
    return timezone.now() + timedelta(
        seconds=seconds * _random.uniform(1 - spread, 1 + spread)
    )
