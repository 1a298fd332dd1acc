"""Bulk deletion by a list that a second person confirms, with days to cancel it.

The job is a row of the outbox that is due after these days. Each klant is deleted in a
separate transaction, together with the state of its item. If a worker is killed, the
next one continues from there.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.deletion import ProtectedError, RestrictedError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ...conf import settings
from ...constants import (
    DeletionGround,
    DeletionItemState,
    DeletionListState,
    OutboxKind,
)
from ...exceptions import RuleViolation
from ...models import DeletionItem, DeletionList, Klant
from ..deadlocks import retry_deadlocks
from ..outbox import add_row
from .changes import Actor, ChangeContext
from .deletions import DeletionDecision
from .write import delete_klant

DAY = 24 * 3600.0


@dataclass(frozen=True)
class Employee:
    """An employee: the primary key of the account as text, and the person's name."""

    key: str
    name: str


@transaction.atomic
def make_deletion_list(
    klanten: Iterable[Klant], decision: DeletionDecision, name: str, maker: Employee
) -> DeletionList:
    """Create a list of klanten to be deleted, in state draft."""
    made = DeletionList.objects.create(
        name=name,
        ground=decision.ground,
        reference=decision.reference,
        made_by=maker.name,
        made_by_id=maker.key,
    )
    DeletionItem.objects.bulk_create(
        DeletionItem(deletion_list=made, klant_uuid=klant.uuid) for klant in klanten
    )
    return made


@transaction.atomic
def confirm_deletion_list(pk: int, approver: Employee) -> DeletionList:
    """Confirm a list, and queue its execution after ``KLANTEN_DELETION_DAYS``.

    Raises :class:`RuleViolation` if the list isn't a draft, or if ``approver`` created
    it.
    """
    found = _locked(pk)
    _require_state(found, DeletionListState.DRAFT)
    if found.made_by_id == approver.key:
        message = _("Een ander dan wie de lijst opstelde moet haar bevestigen.")
        raise RuleViolation(message, code="same-person")
    now = timezone.now()
    found.state = DeletionListState.CONFIRMED
    found.confirmed_by, found.confirmed_by_id = approver.name, approver.key
    found.confirmed_at = now
    found.not_before = now + timedelta(days=settings.DELETION_DAYS)
    found.save()
    _queue(found, settings.DELETION_DAYS * DAY)
    return found


@transaction.atomic
def call_off_deletion_list(pk: int, employee: Employee) -> DeletionList:
    """Cancel a list. Klanten that weren't deleted yet are kept.

    Raises :class:`RuleViolation` if it was executed or cancelled already.
    """
    found = _locked(pk)
    _require_state(found, DeletionListState.DRAFT, DeletionListState.CONFIRMED)
    found.state = DeletionListState.CALLED_OFF
    found.called_off_by, found.called_off_at = employee.name, timezone.now()
    found.save()
    return found


def execute_deletion_list(pk: int, seconds: float) -> None:
    """Delete klanten of a confirmed list for at most ``seconds``, then queue the rest.

    Idempotent: settled items are skipped, and a klant that no longer exists is recorded
    as such.
    """
    end = time.monotonic() + seconds
    while _settle_next(pk):
        if time.monotonic() > end:
            _queue(DeletionList.objects.get(pk=pk))
            return


@retry_deadlocks
@transaction.atomic
def _settle_next(pk: int) -> bool:
    """Delete the klant of one item. Return ``False`` if no item is left.

    The list is locked meanwhile, so cancelling it takes effect before the next klant.
    """
    found = DeletionList.objects.select_for_update().filter(pk=pk).first()
    if found is None or found.state != DeletionListState.CONFIRMED:
        return False
    assert found.not_before is not None
    if (wait := (found.not_before - timezone.now()).total_seconds()) > 0:
        _queue(found, wait)
        return False
    item = found.items.filter(state=DeletionItemState.WAITING).first()
    if item is None:
        found.state, found.finished_at = DeletionListState.DONE, timezone.now()
        found.save(update_fields=["state", "finished_at"])
        return False
    item.state, item.settled_at = _delete(item.klant_uuid, found), timezone.now()
    item.save(update_fields=["state", "settled_at"])
    return True


def _delete(uuid: UUID, found: DeletionList) -> DeletionItemState:
    decision = DeletionDecision(
        DeletionGround(found.ground),
        decided_by=found.made_by,
        approved_by=found.confirmed_by,
        reference=found.reference,
        deletion_list=found,
    )
    actor = Actor(applicatie_id="admin", applicatie_weergave="Beheer")
    try:
        # a savepoint, so that a refusal doesn't roll back the state of the item
        with transaction.atomic():
            delete_klant(uuid, ChangeContext(actor=actor), decision)
    except Klant.DoesNotExist:
        return DeletionItemState.GONE
    except (ProtectedError, RestrictedError):
        return DeletionItemState.REFUSED
    return DeletionItemState.DELETED


def _locked(pk: int) -> DeletionList:
    return DeletionList.objects.select_for_update().get(pk=pk)


def _require_state(found: DeletionList, *states: DeletionListState) -> None:
    if found.state in states:
        return
    message = _("Dat kan niet meer: de lijst is %(state)s.") % {
        "state": found.get_state_display().lower()
    }
    raise RuleViolation(message, code="wrong-state")


def _queue(found: DeletionList, delay: float = 0.0) -> None:
    add_row(OutboxKind.VERWIJDERLIJST, str(found.pk), delay=delay)
