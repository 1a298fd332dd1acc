"""Write down what must happen after this transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from ..constants import ORDERED_KINDS, OutboxKind
from ..models import OutboxTask
from .signals import outbox_filled


def add_task(
    kind: OutboxKind,
    object_key: str,
    *,
    object_url: str = "",
    payload: dict[str, Any] | None = None,
    delay: float = 0.0,
) -> None:
    """Have ``kind`` done for an object, if this transaction commits.

    Of a kind without order, asking for what waits already changes nothing. With a
    ``delay`` in seconds it is not done sooner: beat finds it when it is due.
    """
    ordered = kind in ORDERED_KINDS
    task = OutboxTask(
        kind=kind,
        object_key=object_key,
        object_url=object_url,
        payload=payload,
        ordered=ordered,
        next_attempt_at=timezone.now() + timedelta(seconds=delay),
    )
    OutboxTask.objects.bulk_create([task], ignore_conflicts=not ordered)
    if not delay:
        outbox_filled.send(sender=OutboxTask, kind=kind)
