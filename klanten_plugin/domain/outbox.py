"""Write down what must happen after this transaction."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models.functions import Now
from django.dispatch import Signal

from ..constants import ORDERED_KINDS, OutboxKind
from ..models import OutboxRow

outbox_filled = Signal()
"""Something was added to the outbox, in a transaction that may still be open.

Sent with ``sender=OutboxRow`` and ``kind``, an :class:`OutboxKind`.
"""

# Not DO NOTHING: that wouldn't lock the row that waits, so a worker could take it, read
# what was before our change, and be done just before our transaction commits.
ASK = """
    INSERT INTO klanten_plugin_outboxtask
        (kind, object_key, object_url, payload, next_attempt_at,
         ordered, state, attempts, last_error)
    VALUES (%s, %s, %s, %s::jsonb, statement_timestamp() + %s * interval '1 second',
            false, 'waiting', 0, '')
    ON CONFLICT (kind, object_key) WHERE NOT ordered AND state = 'waiting'
    DO UPDATE SET object_url = EXCLUDED.object_url, payload = EXCLUDED.payload,
        next_attempt_at = least(
            klanten_plugin_outboxtask.next_attempt_at, EXCLUDED.next_attempt_at
        )
    RETURNING *
"""


def add_row(
    kind: OutboxKind,
    object_key: str,
    *,
    object_url: str = "",
    payload: dict[str, Any] | None = None,
    delay: float = 0.0,
) -> None:
    """Have ``kind`` done for an object, if this transaction commits.

    Of a kind without order, asking for what waits already adds no row: the one that
    waits is held until this transaction ends, so that it is done after it. Who asks for
    several objects in one transaction does so in the order of their keys.

    With a ``delay`` in seconds it is not done sooner: beat finds it when it is due. The
    soonest of two moments asked for is kept.
    """
    if kind in ORDERED_KINDS:
        OutboxRow.objects.create(
            kind=kind,
            object_key=object_key,
            object_url=object_url,
            payload=payload,
            ordered=True,
            next_attempt_at=Now() + timedelta(seconds=delay),
        )
    else:
        content = None if payload is None else json.dumps(payload)
        parameters = [kind.value, object_key, object_url, content, delay]
        list(OutboxRow.objects.using(DEFAULT_DB_ALIAS).raw(ASK, parameters))
    if not delay:
        outbox_filled.send(sender=OutboxRow, kind=kind)
