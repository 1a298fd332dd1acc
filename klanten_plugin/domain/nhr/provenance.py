"""Track the origin of the contact data of a klant, and its number in the register.

Called in the transaction of every change, while the klant is locked. The rules are in
:mod:`.ownership`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from ...constants import KlantType, NhrOutcome, NhrSoort, NhrTurn, OutboxKind
from ...models import Klant, NhrBron, NhrState
from ...models.nhr import NhrNummer
from ...models.validators import valid_rsin
from ..klanten.changes import ChangeContext, Origin, Writer
from ..klanten.representation import Representation, represent_klant, subject_of
from ..outbox import add_row
from ..rows import insert_rows
from .ownership import (
    FORMER,
    SOURCE,
    Fact,
    after_change,
    after_renumbering,
    after_takeover,
    contact_values,
    is_overridden,
)
from .timing import first_time_in_bulk, interval_days

VESTIGINGSNUMMER_LENGTH = 12
KVK_NUMMER_LENGTH = 8
SEPARATORS = re.compile(r"[\s.\-]+")

NUMBERS = {
    KlantType.VESTIGING: (NhrSoort.VESTIGING, "vestigings_nummer"),
    KlantType.NIET_NATUURLIJK_PERSOON: (NhrSoort.RECHTSPERSOON, "inn_nnp_id"),
}
"""The kind of number, and its field, of each kind of subject in the register."""

SOORTEN: dict[str, tuple[NhrSoort, ...]] = {
    KlantType.VESTIGING: (NhrSoort.VESTIGING,),
    # eight digits are a KVK-nummer: see read_number
    KlantType.NIET_NATUURLIJK_PERSOON: (NhrSoort.RECHTSPERSOON, NhrSoort.ONDERNEMING),
}
"""The kinds of numbers that a kind of subject can have in the register."""


def nhr_number(klant: Klant) -> NhrNummer | None:
    """Return the valid number of the klant in the register, or ``None``.

    Invalid numbers aren't looked up, because KVK charges for those requests.
    """
    known = NUMBERS.get(KlantType(klant.subject_type)) if klant.subject_type else None
    subject = subject_of(klant)
    if known is None or subject is None:
        return None
    soort, field = known
    return read_number(soort, getattr(subject, field))


def read_number(soort: NhrSoort, sent: str) -> NhrNummer | None:
    """Return the normalised number, or ``None`` if it can't be looked up.

    Spaces, dots and hyphens are removed, and a vestigingsnummer is padded with leading
    zeros. Eight digits instead of a RSIN are a KVK-nummer.
    """
    digits = SEPARATORS.sub("", sent)
    if not (digits.isascii() and digits.isdigit() and int(digits)):
        return None
    if soort == NhrSoort.VESTIGING:
        is_one = len(digits) <= VESTIGINGSNUMMER_LENGTH
        digits = digits.zfill(VESTIGINGSNUMMER_LENGTH)
    elif len(digits) == KVK_NUMMER_LENGTH:
        soort, is_one = NhrSoort.ONDERNEMING, True
    else:
        is_one = _is_rsin(digits)
    return NhrNummer(soort, digits) if is_one else None


def _is_rsin(digits: str) -> bool:
    try:
        valid_rsin(digits)
    except ValidationError:
        return False
    return True


def track_write(
    klant: Klant,
    versions: tuple[Representation | None, Representation],
    context: ChangeContext,
) -> dict[str, str]:
    """Update the ownership of fields after a write; queue a new number.

    ``versions`` are the klant before and after the write, the former ``None`` for a new
    klant. ``klant`` is new, or the result of ``lock_klant``. For a write ``in_bulk``,
    the look-up is spread over time. For a write of the register, the take-over saves
    the state.

    Return the fields of a previous number, with their sources, if the klant has no
    number to look up any more. The caller empties them.
    """
    if klant.subject_type not in NUMBERS:
        return {}
    before, after = versions
    state: NhrState | None = getattr(klant, "nhr_state", None) if before else None
    number = nhr_number(klant)
    if state is None or before is None:
        _new_state(klant, number, _spread(context)).save(force_insert=True)
        return {}
    changed = _note_owners(state, before, after, context.origin)
    if context.origin.writer == Writer.REGISTER:
        return {}
    changed |= _renumber(state, number, after, context)
    leaving = {} if number else _forget_former(state)
    if changed:
        state.save(update_fields=sorted(changed))
    if number and not context.in_bulk and _emptied(before, after):
        # answered from the stored answer while that is fresh, without costs
        ask_for(number)
    return leaving


def _forget_former(state: NhrState) -> dict[str, str]:
    """Drop the entries of the previous number; return their fields and sources."""
    former = {n: e[SOURCE] for n, e in state.provenance.items() if e.get(FORMER)}
    state.note({n: e for n, e in state.provenance.items() if n not in former})
    return former


def _emptied(before: Representation, after: Representation) -> bool:
    """Whether a contact field was emptied, which hands it back to the NHR."""
    values, others = contact_values(before), contact_values(after)
    return any(values[name] and not others[name] for name in values)


def track_new(klanten: Iterable[Klant]) -> None:
    """Store the numbers of many new klanten; their look-ups are spread over time."""
    spread = interval_days()
    insert_rows(
        _new_state(klant, nhr_number(klant), spread)
        for klant in klanten
        if klant.subject_type in NUMBERS
    )


def _spread(context: ChangeContext) -> float | None:
    """Return the days over which look-ups are spread; ``None`` is immediately."""
    return interval_days() if context.in_bulk else None


def _new_state(
    klant: Klant, number: NhrNummer | None, spread: float | None
) -> NhrState:
    state = NhrState(klant=klant, soort=NUMBERS[KlantType(klant.subject_type)][0])
    _give_number(state, number, spread)
    return state


def _give_number(
    state: NhrState, number: NhrNummer | None, spread: float | None
) -> None:
    state.kvk_nummer, state.remarks, state.signal_at = "", [], None
    state.turn, state.answers = NhrTurn.NEW, {}
    if number is None:
        state.nummer, state.due_at = "", None
        state.outcome = NhrOutcome.GEEN_NUMMER
        return
    state.soort, state.nummer = number.soort, number.nummer
    state.outcome = NhrOutcome.NIEUW
    _call_for(state, number, spread)


def _call_for(state: NhrState, number: NhrNummer, spread: float | None) -> None:
    """Queue the look-up of the number now, or within ``spread`` days.

    Looking up a complete register at once would exhaust the monthly budget, and later
    all klanten would be due on the same day.
    """
    if spread is not None:
        state.due_at = first_time_in_bulk(spread)
    else:
        state.due_at = timezone.now()
        ask_for(number)


def _note_owners(
    state: NhrState, before: Representation, after: Representation, origin: Origin
) -> set[str]:
    values = contact_values(before), contact_values(after)
    provenance = after_change(values, state.provenance, origin, timezone.now())
    if provenance == state.provenance:
        return set()
    state.note(provenance)
    return {"provenance", "gone"}


NUMBER_FIELDS = {
    *("soort", "nummer", "kvk_nummer", "remarks", "signal_at", "turn", "answers"),
    *("due_at", "outcome", "provenance", "gone"),
}
"""The fields of a state that another number changes."""


def _renumber(
    state: NhrState,
    number: NhrNummer | None,
    after: Representation,
    context: ChangeContext,
) -> set[str]:
    """Mark the values of the previous number, and queue the look-up of the new one."""
    is_same = state.is_of(number) if number else not state.nummer
    if is_same:
        return set()
    state.note(after_renumbering(contact_values(after), state.provenance))
    _give_number(state, number, _spread(context))
    return NUMBER_FIELDS


def ask_for(number: NhrNummer) -> None:
    """Queue a look-up in the register, one for all klanten with the number.

    Nothing is queued without a source: due klanten are found once there is one.
    """
    if NhrBron.objects.active().exists():
        add_row(OutboxKind.NHR_OVERNAME, number.key)


def hand_back(klant: Klant, field: str) -> bool:
    """Hand a field back to the NHR, and return whether the provenance changed.

    A look-up is queued at once. The klant doesn't change before its result.
    """
    with transaction.atomic():
        # the same lock as for every write of the klant
        Klant.objects.select_for_update().only("pk").get(pk=klant.pk)
        state = NhrState.objects.filter(klant=klant, due_at__isnull=False).first()
        value = contact_values(represent_klant(klant, ""))[field]
        if state is None or not is_overridden(field, value, state.provenance):
            return False
        # kept as if it came from the NHR, until the register has another value
        kept = {field: Fact(value, source="")}
        state.provenance = after_takeover(state.provenance, kept, timezone.now())
        state.save(update_fields=["provenance"])
        ask_for(NhrNummer(NhrSoort(state.soort), state.nummer))
    return True
