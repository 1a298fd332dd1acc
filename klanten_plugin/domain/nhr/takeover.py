"""Take over what the register says of a klant: a change like any other.

Idempotent: the second time there is nothing left to change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from ...conf import settings
from ...constants import NhrOutcome
from ...models import Klant, NhrState
from ...models.nhr import NhrNummer
from ..klanten.changes import Actor, ChangeContext, from_register
from ..klanten.representation import api_name, represent_klant
from ..klanten.write import lock_klant, update_locked_klant
from .ownership import (
    Fact,
    Value,
    contact_values,
    is_overridden,
    replacements,
)

APPLICATION = "NHR-verversing"


@dataclass(frozen=True)
class RegisterAnswer:
    """What all sources together say of one number, and when to ask again.

    ``remarks`` are pairs of a field ("" for the whole) and why it wasn't taken over.
    """

    facts: Mapping[str, Fact] = field(default_factory=dict)
    remarks: tuple[tuple[str, str], ...] = ()
    outcome: NhrOutcome = NhrOutcome.ACTUEEL
    adres_shielded: bool = False
    kvk_nummer: str = ""
    due_at: datetime = field(default_factory=timezone.now)


@dataclass(frozen=True)
class Difference:
    """A field that the register would change."""

    field: str
    old: Value
    new: Value
    source: str


def differences(
    klant: Klant, state: NhrState, register: RegisterAnswer
) -> list[Difference]:
    """What a take-over would change now."""
    values = contact_values(represent_klant(klant, ""))
    changes = replacements(values, state.provenance, register.facts)
    result = [
        Difference(name, values[name], fact.value, fact.source)
        for name, fact in changes.items()
    ]
    if _must_go(state, values, register):
        source = state.provenance["adres"]["bron"]
        result.append(Difference("adres", values["adres"], None, source))
    return result


def take_over(klant_pk: int, number: NhrNummer, register: RegisterAnswer) -> bool:
    """Change one klant to what the register says of its number; return whether it did.

    Nothing happens to a klant that is gone, or has another number by now. Where nothing
    differs, only the time and the outcome of the request are kept.
    """
    with transaction.atomic():
        try:
            # with its state: a consumer may just have overridden something
            klant = lock_klant(klant_pk)
        except Klant.DoesNotExist:
            return False
        state: NhrState | None = getattr(klant, "nhr_state", None)
        if state is None or not state.is_of(number):
            return False
        found = differences(klant, state, register)
        if found:
            values = {one.field: one.new for one in found}
            update_locked_klant(klant, values, _context(found))
            state.changed_at = timezone.now()
        _settle(state, register)
    return bool(found)


def _context(found: list[Difference]) -> ChangeContext:
    origin = from_register({one.field: one.source for one in found})
    return ChangeContext(actor=_actor(found), origin=origin)


def _settle(state: NhrState, register: RegisterAnswer) -> None:
    """Save the state, with what became of asking."""
    state.outcome = register.outcome
    state.remarks = [
        {"veld": name, "reden": reason} for name, reason in register.remarks
    ]
    state.kvk_nummer = register.kvk_nummer or state.kvk_nummer
    state.checked_at, state.due_at = timezone.now(), register.due_at
    state.save()


def _must_go(
    state: NhrState, values: Mapping[str, Value], register: RegisterAnswer
) -> bool:
    """Whether an address that the register gave is shielded now, and to be removed."""
    return (
        settings.NHR_REMOVE_SHIELDED
        and register.adres_shielded
        and "adres" not in register.facts
        and values["adres"] is not None
        and not is_overridden("adres", values["adres"], state.provenance)
    )


def _actor(found: list[Difference]) -> Actor:
    """Who the audit trail names: no person, but the refresh, its source and fields."""
    by_source: dict[str, list[str]] = {}
    for one in found:
        by_source.setdefault(one.source, []).append(api_name(one.field))
    taken = "; ".join(
        f"{source}: {', '.join(names)}" for source, names in by_source.items()
    )
    return Actor(
        applicatie_id="klanten_plugin",
        applicatie_weergave=APPLICATION,
        toelichting=f"Overgenomen uit het NHR ({taken})",
    )


def report(number: NhrNummer, **values: Any) -> int:
    """Note on all klanten with this number what became of asking; how many."""
    states = NhrState.objects.filter(soort=number.soort, nummer=number.nummer)
    return states.update(checked_at=timezone.now(), **values)
