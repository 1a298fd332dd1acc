"""Query all sources for a number, and combine their answers.

For each field the most trusted source that provides it is used. A source that can't add
anything isn't queried, because most requests cost money. An error of one source doesn't
affect the others: their answers are adopted, and only the failed source is retried.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy

from ...clients.nhr.answers import Kept, Known
from ...clients.nhr.protocol import Answer, Source
from ...constants import NhrOutcome
from ...domain.nhr.fitting import DoesNotFit, fit
from ...domain.nhr.ownership import Fact, normalised
from ...domain.nhr.takeover import RegisterAnswer
from ...domain.nhr.timing import next_time, next_try
from ...exceptions import NotNow, PermanentRemoteError, RemoteError
from ...models.nhr import NhrNummer

NOT_FOUND = gettext_lazy("{source} heeft niets onder dit nummer.")
MAY_BE_SHIELDED = gettext_lazy(
    "Het adres van {source} is niet overgenomen: een bron die meer vertrouwd wordt geeft "
    "er geen, en {source} kan niet zeggen of het is afgeschermd."
)
CLOSED = gettext_lazy("Uitgeschreven volgens {source}: er wordt niets overgenomen.")


@dataclass
class _Gathered:
    facts: dict[str, Fact] = field(default_factory=dict)
    remarks: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    """Answers by key of the source, including stored ones."""
    errors: dict[str, RemoteError] = field(default_factory=dict)
    closed: bool = False
    shielded: bool = False
    untouchable: set[str] = field(default_factory=set)
    """Fields that a more trusted source may have, but couldn't provide now."""
    kvk_nummer: str = ""
    deliverable: set[str] = field(default_factory=set)
    """Fields that the responding sources can provide."""
    heard: set[str] = field(default_factory=set)
    """Names of sources that have the number."""
    without: set[str] = field(default_factory=set)
    """Names of sources that don't."""
    telling: set[str] = field(default_factory=set)
    """Names of sources that can express shielding."""
    adres_withheld: bool = False
    """Whether a source that can express shielding gives no address."""


def consult(
    sources: Iterable[Source], number: NhrNummer, known: Known | None = None
) -> RegisterAnswer:
    """Query the sources for a number, the most trusted first.

    Sources with a fresh ``known`` answer aren't queried. If none responded, ``error``
    of the result has the reason. Raises :class:`NotNow` if limits or pauses prevented
    all requests.
    """
    known = known or {}
    gathered = _Gathered()
    for source in sources:
        if number.soort not in source.soorten or not _can_add(source, gathered):
            continue
        _ask(source, number, known, gathered)
        if gathered.closed:
            break
    return _register(gathered, known)


def _ask(source: Source, number: NhrNummer, known: Known, gathered: _Gathered) -> None:
    key = str(getattr(source, "key", source.name))
    kept = known.get(key)
    try:
        answer = kept.answer if kept else None
        answer = answer or source.look_up(_as_known(number, gathered))
    except RemoteError as error:
        gathered.errors[key] = error
        gathered.untouchable |= source.fields
        gathered.remarks.append(("", str(error)))
        return
    gathered.answers[key] = answer
    _add(gathered, source, answer)


def _as_known(number: NhrNummer, gathered: _Gathered) -> NhrNummer:
    """Return the number with the KVK-nummer from an earlier source."""
    return replace(number, kvk_nummer=gathered.kvk_nummer or number.kvk_nummer)


def _can_add(source: Source, gathered: _Gathered) -> bool:
    return bool(source.fields - set(gathered.facts) - gathered.untouchable)


def _add(gathered: _Gathered, source: Source, answer: Answer) -> None:
    if not answer.found:
        gathered.without.add(source.name)
        gathered.remarks.append(("", NOT_FOUND.format(source=source.name)))
        return
    gathered.heard.add(source.name)
    if _can_tell(source):
        gathered.telling.add(source.name)
    gathered.deliverable |= source.fields
    gathered.kvk_nummer = gathered.kvk_nummer or answer.kvk_nummer
    if answer.closed:
        gathered.closed = True
        gathered.remarks.append(("", CLOSED.format(source=source.name)))
        return
    gathered.remarks += [
        (name, reason) for name, reason in answer.remarks if name not in gathered.facts
    ]
    if answer.adres_shielded:
        _shield(gathered, answer)
    for name, value in answer.values.items():
        if name in source.fields and _is_open(gathered, source, name):
            _add_fact(gathered, source, name, value)
    if _can_tell(source) and "adres" in source.fields - set(answer.values):
        gathered.adres_withheld = True


def _shield(gathered: _Gathered, answer: Answer) -> None:
    """Prevent another source from providing an address that this one shields."""
    given = gathered.facts.get("adres")
    if given and given.source in gathered.telling:
        return
    # also a more trusted source, if it can't express shielding
    gathered.facts.pop("adres", None)
    gathered.shielded = True
    if "adres" not in answer.values:
        gathered.untouchable.add("adres")


def _can_tell(source: Source) -> bool:
    """Return whether a source can express shielding.

    Custom sources may omit the attribute.
    """
    return bool(getattr(source, "tells_shielding", False))


def _is_open(gathered: _Gathered, source: Source, name: str) -> bool:
    if name in gathered.facts or name in gathered.untouchable:
        return False
    if name == "adres" and gathered.adres_withheld and not _can_tell(source):
        gathered.remarks.append(("", MAY_BE_SHIELDED.format(source=source.name)))
        return False
    return True


def _add_fact(gathered: _Gathered, source: Source, name: str, value: Any) -> None:
    try:
        fitted, left_out = fit(name, value)
    except DoesNotFit as error:
        gathered.remarks.append((name, str(error)))
        return
    gathered.remarks += [(name, reason) for reason in left_out]
    if fitted := normalised(name, fitted):
        gathered.facts[name] = Fact(fitted, source.name)


def _register(gathered: _Gathered, known: Known) -> RegisterAnswer:
    error = _only_error(gathered)
    kept = _keep(gathered, known)
    facts = {} if gathered.closed else gathered.facts
    unfit = {name for name, _reason in gathered.remarks} - set(facts) - {""}
    silent = gathered.deliverable - set(facts) - unfit - gathered.untouchable
    return RegisterAnswer(
        facts=facts,
        silent=frozenset(silent),
        unfit=frozenset(unfit),
        heard=frozenset(gathered.heard),
        without=frozenset(gathered.without),
        remarks=tuple(gathered.remarks),
        outcome=_outcome(gathered, error),
        adres_shielded=gathered.shielded,
        kvk_nummer=gathered.kvk_nummer,
        due_at=min((one.again_at for one in kept.values()), default=None)
        or next_time(NhrOutcome.ONBEKEND),
        answers={key: one.as_json() for key, one in kept.items()},
        error=error,
    )


def _only_error(gathered: _Gathered) -> RemoteError | None:
    """Return the error if no source responded, preferably a temporary one.

    Raises it if no request was sent.
    """
    if gathered.answers or not gathered.errors:
        return None
    errors = list(gathered.errors.values())
    if all(isinstance(one, NotNow) for one in errors):
        raise errors[0]
    return min(errors, key=lambda one: isinstance(one, PermanentRemoteError))


def _outcome(gathered: _Gathered, error: RemoteError | None) -> NhrOutcome:
    if error is not None:
        passes = not isinstance(error, PermanentRemoteError)
        return NhrOutcome.STORING if passes else NhrOutcome.FOUT
    if gathered.closed:
        return NhrOutcome.UITGESCHREVEN
    if gathered.errors:
        return NhrOutcome.DEELS
    return NhrOutcome.ACTUEEL if gathered.heard else NhrOutcome.ONBEKEND


def _keep(gathered: _Gathered, known: Known) -> dict[str, Kept]:
    """Return the data to store per source, with the time of the next request.

    All sources that answered share that time. With separate times a klant would be due
    once per source, and the requests to a free source would use up the number of
    refreshes per day that paid sources need.
    """
    kept: dict[str, Kept] = {}
    fresh: dict[str, int] = {}
    for key, answer in gathered.answers.items():
        before = known.get(key)
        if before and before.answer is answer:
            kept[key] = before
        else:
            fresh[key] = 0 if gathered.heard or before is None else before.times + 1
    moment = _moment(gathered, fresh, kept)
    for key, times in fresh.items():
        kept[key] = Kept(moment, gathered.answers[key], times)
    for key, error in gathered.errors.items():
        times = known[key].times + 1 if key in known else 0
        kept[key] = Kept(_try_again(error, times), None, times)
    return kept


def _moment(
    gathered: _Gathered, fresh: dict[str, int], kept: dict[str, Kept]
) -> datetime:
    """Return the time of the next request to the sources that answered now.

    If stored answers are still in use, this is their time. They are older, so it is
    within the interval.
    """
    if kept:
        return min(one.again_at for one in kept.values())
    outcome = NhrOutcome.ACTUEEL if gathered.heard else NhrOutcome.ONBEKEND
    if gathered.closed:
        outcome = NhrOutcome.UITGESCHREVEN
    return next_time(outcome, min(fresh.values(), default=0))


def _try_again(error: RemoteError, times: int) -> Any:
    if isinstance(error, PermanentRemoteError):
        return next_time(NhrOutcome.FOUT)
    return next_try(times, getattr(error, "retry_after", None))
