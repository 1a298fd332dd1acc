"""What happens when something was saved: a hint to the workers, after the commit."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import m2m_changed
from django.dispatch import receiver

from .constants import OutboxKind
from .domain.outbox import outbox_filled
from .domain.rollen.sources import read_choice
from .models import KlantenConfig
from .tasks import hint


@receiver(outbox_filled)
def tell_workers(sender: type, *, kind: OutboxKind, **kwargs: Any) -> None:
    """Have a worker look at the outbox as soon as the row is there to be seen."""
    transaction.on_commit(partial(hint, kind))


@receiver(m2m_changed, sender=KlantenConfig.contactmomenten_services.through)
@receiver(m2m_changed, sender=KlantenConfig.verzoeken_services.through)
def follow_choice(sender: type, *, action: str, **kwargs: Any) -> None:
    """Mirror the services that the administrator chose, and no others."""
    if action.startswith("post_"):
        read_choice()
