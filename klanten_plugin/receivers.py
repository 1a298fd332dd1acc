"""What happens when something was saved: a hint to the workers, after the commit."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from .constants import OutboxKind
from .domain.signals import outbox_filled
from .tasks import hint


@receiver(outbox_filled)
def tell_workers(sender: type, *, kind: OutboxKind, **kwargs: Any) -> None:
    """Have a worker look at the outbox as soon as the row is there to be seen."""
    transaction.on_commit(partial(hint, kind))
