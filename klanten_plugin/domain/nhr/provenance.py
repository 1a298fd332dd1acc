"""Keep track of who wrote the contact data of a klant, and of its number.

Called in the transaction of every change, under the lock of the klant.
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
from ..klanten.representation import Representation, represent_klant, subject_of
from ..outbox import add_row
from .ownership import (
    after_hand_back,
    after_write,
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
    before: Representation | None,
    after: Representation,
    *,
    in_bulk: bool,
) -> None:
    """Remember what this write overrode, and have a new number asked for.

    Where the write is one of very many, that number waits for its turn.
    """
    if klant.subject_type not in NUMBERS:
        return
    number = nhr_number(klant)
    state = NhrState.objects.filter(klant=klant).first() if before else None
    if state is None:
        if number is not None:
            state = NhrState(klant=klant, soort=number.soort, nummer=number.nummer)
            _call_for(state, number, in_bulk=in_bulk)
            state.save(force_insert=True)
        return
    changed = _override(state, before or {}, after)
    changed |= _renumber(state, number, in_bulk=in_bulk)
    if changed:
        state.save(update_fields=sorted(changed))


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


def _override(
    state: NhrState, before: Representation, after: Representation
) -> set[str]:
    provenance = after_write(
        contact_values(before), contact_values(after), state.provenance
    )
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
