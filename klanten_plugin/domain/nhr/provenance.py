"""Book-keeping of who wrote the contact data of a klant, and of its number.

Called in the transaction of every change, under the lock of the klant. The rules are in
:mod:`.ownership`.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from ...conf import settings
from ...constants import KlantType, NhrOutcome, NhrSoort, OutboxKind
from ...models import Klant, NhrBron, NhrState
from ...models.nhr import NhrNummer
from ...models.validators import valid_rsin
from ..klanten.changes import ChangeContext, Origin, Writer
from ..klanten.representation import Representation, represent_klant, subject_of
from ..outbox import add_row
from .ownership import (
    after_change,
    after_hand_back,
    contact_values,
    is_overridden,
)

VESTIGINGSNUMMER_LENGTH = 12

NUMBERS = {
    KlantType.VESTIGING: (NhrSoort.VESTIGING, "vestigings_nummer"),
    KlantType.NIET_NATUURLIJK_PERSOON: (NhrSoort.RECHTSPERSOON, "inn_nnp_id"),
}
"""Kinds of subject that the register knows, by what, and in which field that is."""


def nhr_number(klant: Klant) -> NhrNummer | None:
    """What the register knows the klant by; ``None`` without a valid number.

    Others aren't asked for: KVK charges for telling that a number isn't valid.
    """
    known = NUMBERS.get(KlantType(klant.subject_type)) if klant.subject_type else None
    subject = subject_of(klant)
    if known is None or subject is None:
        return None
    soort, field = known
    nummer = getattr(subject, field)
    return NhrNummer(soort, nummer) if _is_valid(soort, nummer) else None


def _is_valid(soort: NhrSoort, nummer: str) -> bool:
    if soort == NhrSoort.VESTIGING:
        is_number = nummer.isascii() and nummer.isdigit()
        return is_number and len(nummer) == VESTIGINGSNUMMER_LENGTH
    try:
        valid_rsin(nummer)
    except ValidationError:
        return False
    return True


def track_write(
    klant: Klant,
    versions: tuple[Representation | None, Representation],
    context: ChangeContext,
) -> None:
    """Note who owns which field after a write, and have a new number asked for.

    ``versions`` are the klant before and after the write; there is none before its
    creation. ``klant`` is new, or what ``lock_klant`` returned. Where the write is one
    ``in_bulk``, a new number waits for its turn. What the register's own write changes
    of the state is saved by the take-over, with its outcome.
    """
    if klant.subject_type not in NUMBERS:
        return
    before, after = versions
    state: NhrState | None = getattr(klant, "nhr_state", None) if before else None
    number = nhr_number(klant)
    if state is not None and before is not None:
        changed = _note_owners(state, before, after, context.origin)
        changed |= _renumber(state, number, in_bulk=context.in_bulk)
        if changed and context.origin.writer != Writer.REGISTER:
            state.save(update_fields=sorted(changed))
    elif number is not None:
        state = NhrState(klant=klant, soort=number.soort, nummer=number.nummer)
        _call_for(state, number, in_bulk=context.in_bulk)
        state.save(force_insert=True)


def track_new(klanten: Iterable[Klant]) -> None:
    """Remember the numbers of very many new klanten; each waits for its turn."""
    states = []
    for klant in klanten:
        if number := nhr_number(klant):
            state = NhrState(klant=klant, soort=number.soort, nummer=number.nummer)
            _call_for(state, number, in_bulk=True)
            states.append(state)
    NhrState.objects.bulk_create(states)


def _call_for(state: NhrState, number: NhrNummer, *, in_bulk: bool) -> None:
    """Have the number asked for now, or some time within the interval.

    A whole register at once would take the budget of a month, and all would be due
    again on the same day.
    """
    state.due_at = timezone.now()
    if in_bulk:
        # when it is asked for needn't be hard to guess
        part = random.random()  # noqa: S311
        state.due_at += timedelta(days=settings.NHR_INTERVAL_DAYS) * part
    else:
        ask_for(number)


def _note_owners(
    state: NhrState, before: Representation, after: Representation, origin: Origin
) -> set[str]:
    values = contact_values(before), contact_values(after)
    provenance = after_change(values, state.provenance, origin, timezone.now())
    if provenance == state.provenance:
        return set()
    state.provenance = provenance
    return {"provenance"}


def _renumber(state: NhrState, number: NhrNummer | None, *, in_bulk: bool) -> set[str]:
    """Another number: what is known of the old one is of no more use but to replace."""
    if number is None:
        if state.due_at is None:
            return set()
        state.nummer, state.kvk_nummer, state.due_at = "", "", None
        return {"nummer", "kvk_nummer", "due_at"}
    if state.nummer == number.nummer:
        return set()
    state.nummer, state.kvk_nummer = number.nummer, ""
    state.outcome, state.remarks = NhrOutcome.NIEUW, []
    _call_for(state, number, in_bulk=in_bulk)
    return {"nummer", "kvk_nummer", "due_at", "outcome", "remarks"}


def ask_for(number: NhrNummer) -> None:
    """Have the register asked, once for all klanten with the number; if there is one.

    Without a source nothing is queued: what is due is found once there is.
    """
    if NhrBron.objects.active().exists():
        add_row(OutboxKind.NHR_OVERNAME, number.key)


def hand_back(klant: Klant, field: str) -> bool:
    """Let the NHR replace a field again that somebody else gave; whether that changed.

    The register is asked at once. The klant itself doesn't change before it answers.
    """
    with transaction.atomic():
        # under the same lock as every write of the klant
        Klant.objects.select_for_update().only("pk").get(pk=klant.pk)
        state = NhrState.objects.filter(klant=klant, due_at__isnull=False).first()
        value = contact_values(represent_klant(klant, ""))[field]
        if state is None or not is_overridden(field, value, state.provenance):
            return False
        state.provenance = after_hand_back(
            field, value, state.provenance, timezone.now()
        )
        state.save(update_fields=["provenance"])
        ask_for(NhrNummer(NhrSoort(state.soort), state.nummer))
    return True
