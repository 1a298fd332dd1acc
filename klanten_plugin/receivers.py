"""Signal receivers: wake the workers after a commit, and follow the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver

from .api.signals import web_process_started
from .constants import OutboxKind
from .domain.outbox import outbox_filled
from .domain.rollen.others import request_recognition
from .domain.rollen.sources import read_choice
from .models import KlantenConfig
from .tasks import load_broker_transport, wake


@dataclass
class _Wake:
    """Callback of ``on_commit`` that wakes workers for the added rows of one kind."""

    kind: OutboxKind
    count: int

    def __call__(self) -> None:
        wake(self.kind, self.count)


@receiver(outbox_filled)
def tell_workers(sender: type, *, kind: OutboxKind, count: int, **kwargs: Any) -> None:
    """Wake workers for the rows of this kind once they are committed.

    The rows of one transaction share one callback, however many there are.
    """
    told = _of_this_transaction(kind)
    if told is not None:
        told.count += count
    else:
        transaction.on_commit(_Wake(kind, count))


def _of_this_transaction(kind: OutboxKind) -> _Wake | None:
    """Return the callback of this kind in the current transaction, or ``None``.

    A callback that an open savepoint could still roll back is ignored.
    """
    connection = transaction.get_connection()
    savepoints = set(connection.savepoint_ids)
    for sids, call, *_robust in reversed(connection.run_on_commit[-len(OutboxKind) :]):
        if isinstance(call, _Wake) and call.kind == kind and sids <= savepoints:
            return call
    return None


@receiver(web_process_started)
def prepare_hints(sender: type, **kwargs: Any) -> None:
    """Load in advance what sends hints: half of what a first change waits for."""
    load_broker_transport()


@receiver(m2m_changed, sender=KlantenConfig.contactmomenten_services.through)
@receiver(m2m_changed, sender=KlantenConfig.verzoeken_services.through)
def follow_choice(sender: type, *, action: str, **kwargs: Any) -> None:
    """Synchronise the sources of roles with the services in the configuration."""
    if action.startswith("post_"):
        read_choice()


@receiver(post_save, sender=KlantenConfig)
def follow_addresses(
    sender: type, *, update_fields: frozenset[str] | None = None, **kwargs: Any
) -> None:
    """Link known relations when an address of this API was added."""
    if update_fields is None or "rollen_aliassen" in update_fields:
        request_recognition()
