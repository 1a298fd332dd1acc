"""What happens when something was saved: a hint to the workers, after the commit."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver

from .constants import OutboxKind
from .domain.outbox import outbox_filled
from .domain.rollen.others import request_recognition
from .domain.rollen.sources import read_choice
from .models import KlantenConfig
from .tasks import wake


class _Wake:
    """Called after a commit: wakes workers for the rows of one kind that it added."""

    def __init__(self, kind: OutboxKind) -> None:
        self.kind = kind
        self.count = 0

    def __call__(self) -> None:
        wake(self.kind, self.count)


@receiver(outbox_filled)
def tell_workers(
    sender: type, *, kind: OutboxKind, count: int = 1, **kwargs: Any
) -> None:
    """Have workers look at the outbox as soon as the rows are there to be seen.

    The rows of one transaction are told of together, however many there are.
    """
    told = _of_this_transaction(kind)
    if told is not None:
        told.count += count
        return
    told = _Wake(kind)
    told.count = count
    transaction.on_commit(told)


def _of_this_transaction(kind: OutboxKind) -> _Wake | None:
    """What is told of a kind already, unless a savepoint's end may take it back."""
    connection = transaction.get_connection()
    savepoints = set(connection.savepoint_ids)
    for sids, call, *_robust in reversed(connection.run_on_commit[-len(OutboxKind) :]):
        if isinstance(call, _Wake) and call.kind == kind and sids <= savepoints:
            return call
    return None


@receiver(m2m_changed, sender=KlantenConfig.contactmomenten_services.through)
@receiver(m2m_changed, sender=KlantenConfig.verzoeken_services.through)
def follow_choice(sender: type, *, action: str, **kwargs: Any) -> None:
    """Mirror the services that the administrator chose, and no others."""
    if action.startswith("post_"):
        read_choice()


@receiver(post_save, sender=KlantenConfig)
def follow_addresses(
    sender: type, *, update_fields: frozenset[str] | None = None, **kwargs: Any
) -> None:
    """Link what is there already under an address that was added."""
    if update_fields is None or "rollen_aliassen" in update_fields:
        request_recognition()
