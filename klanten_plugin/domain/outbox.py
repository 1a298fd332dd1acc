"""Write down what must happen after this transaction."""

from __future__ import annotations

from typing import Any

from ..constants import ORDERED_KINDS, OutboxKind
from ..models import OutboxTask
from .signals import outbox_filled


def add_task(
    kind: OutboxKind,
    object_key: str,
    *,
    object_url: str = "",
    payload: dict[str, Any] | None = None,
) -> None:
    """Have ``kind`` done for an object, if this transaction commits.

    Of a kind without order, asking for what waits already changes nothing.
    """
    ordered = kind in ORDERED_KINDS
    task = OutboxTask(
        kind=kind,
        object_key=object_key,
        object_url=object_url,
        payload=payload,
        ordered=ordered,
    )
    OutboxTask.objects.bulk_create([task], ignore_conflicts=not ordered)
    outbox_filled.send(sender=OutboxTask, kind=kind)
