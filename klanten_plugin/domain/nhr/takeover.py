"""Take over values of the register, as an ordinary change of the klant.

Idempotent: a second run finds no differences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connections, router, transaction
from django.utils import timezone

from ...constants import NhrTurn
from ...exceptions import ConfigurationError, RemoteError, TemporaryRemoteError
from ...models import Klant, NhrState
from ...models.nhr import NhrNummer
from ..klanten.changes import ChangeContext, Origin, Writer, register_actor
from ..klanten.locking import lock_klant
from ..klanten.representation import api_name, represent_klant
from ..klanten.write import update_locked_klant
from .decision import Decision, Said, after_decision, decide
from .ownership import Value, Values, contact_values, normalised


@dataclass(frozen=True)
class RegisterAnswer(Said):
    """The combined answer of all sources for a number, and when to look it up again.

    ``remarks`` are pairs of a field ("" for the whole) and the reason why it wasn't
    taken over. ``answers`` has the data to store per source, as JSON. ``error`` is the
    reason if no source responded.
    """

    remarks: tuple[tuple[str, str], ...] = ()
    kvk_nummer: str = ""
    due_at: datetime = field(default_factory=timezone.now)
    answers: Mapping[str, Any] = field(default_factory=dict)
    error: RemoteError | None = None


@dataclass(frozen=True)
class Difference:
    """A field that a take-over would change."""

    field: str
    old: Value
    new: Value
    source: str


def differences(
    klant: Klant, state: NhrState, register: RegisterAnswer
) -> list[Difference]:
    """Return the changes that a take-over would make."""
    values = contact_values(represent_klant(klant, ""))
    return _differences(values, decide(values, state.provenance, register))


def _differences(values: Values, decision: Decision) -> list[Difference]:
    return [
        Difference(name, values[name], fact.value, fact.source)
        for name, fact in decision.changes.items()
    ]


def take_over(klant_pk: int, number: NhrNummer, register: RegisterAnswer) -> bool:
    """Take over values into one klant, and return whether it changed.

    A klant that was deleted or has another number by now is skipped. Without
    differences, only the time and the outcome of the look-up are saved.
    """
    with transaction.atomic():
        try:
            # including its state, because a consumer may just have overridden a field
            klant = lock_klant(klant_pk)
        except Klant.DoesNotExist:
            return False
        state: NhrState | None = getattr(klant, "nhr_state", None)
        if state is None or not state.is_of(number):
            return False
        values = contact_values(represent_klant(klant, ""))
        decision = decide(values, state.provenance, register)
        before = state.provenance
        if found := _differences(values, decision):
            changes = {one.field: one.new for one in found}
            update_locked_klant(klant, changes, _context(found))
            state.changed_at = timezone.now()
        state.note(after_decision(before, state.provenance, decision, timezone.now()))
        _settle(state, register)
    return bool(found)


def _context(found: list[Difference]) -> ChangeContext:
    taken = {api_name(one.field): one.source for one in found if _is_said(one)}
    emptied = {api_name(one.field): one.source for one in found if not _is_said(one)}
    origin = Origin(Writer.REGISTER, {one.field: one.source for one in found})
    return ChangeContext(actor=register_actor(taken, emptied), origin=origin)


def _is_said(one: Difference) -> bool:
    return bool(normalised(one.field, one.new))


SETTLED = ("outcome", "remarks", "answers")
"""The fields of a state that every look-up sets. Others, such as ``due_at``, can be
changed concurrently while the register doesn't respond."""
ANSWERED = (
    *SETTLED,
    *("kvk_nummer", "turn", "checked_at", "due_at", "changed_at", "provenance", "gone"),
)
"""The fields that a response of the register sets."""


def _settle(state: NhrState, register: RegisterAnswer) -> None:
    """Save the state with the outcome of the look-up, without signals of the model."""
    names = ANSWERED if note_answer(state, register) else SETTLED
    using = router.db_for_write(NhrState)
    statement, fields = _saving(names)
    values = [
        field.get_db_prep_save(getattr(state, field.attname), connections[using])
        for field in fields
    ]
    with connections[using].cursor() as cursor:
        cursor.execute(statement, [*values, state.pk])


@cache
def _saving(names: tuple[str, ...]) -> tuple[str, list[Any]]:
    """Return the statement and its fields; compiling it takes as long as executing."""
    fields: list[Any] = [NhrState._meta.get_field(name) for name in names]
    assignments = ", ".join(f"{field.column} = %s" for field in fields)
    table = NhrState._meta.db_table
    return f"UPDATE {table} SET {assignments} WHERE id = %s", fields  # noqa: S608 - of names


def note_answer(state: NhrState, register: RegisterAnswer) -> bool:
    """Set the outcome of a look-up on the state; return whether the register responded.

    If it didn't, the state stays due, and this or the next row of the outbox retries
    it.
    """
    state.outcome = register.outcome
    state.remarks = [
        {"veld": name, "reden": reason} for name, reason in register.remarks
    ]
    state.answers = dict(register.answers)
    if isinstance(register.error, TemporaryRemoteError | ConfigurationError):
        return False
    state.kvk_nummer = register.kvk_nummer or state.kvk_nummer
    state.turn = NhrTurn.REFRESH
    state.checked_at, state.due_at = timezone.now(), register.due_at
    return True
