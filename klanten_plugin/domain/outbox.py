"""Write down what must happen after this transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models.functions import Now
from django.dispatch import Signal

from ..constants import ORDERED_KINDS, OutboxKind
from ..models import OutboxRow

outbox_filled = Signal()
"""Something was added to the outbox, in a transaction that may still be open.

Sent with ``sender=OutboxRow``, ``kind``, an :class:`OutboxKind`, and ``count``, the
number of rows.
"""

_bundle: ContextVar[Counter[OutboxKind] | None] = ContextVar("_bundle", default=None)
"""Rows of each kind that aren't announced yet; ``None`` where each is at once."""

# Not DO NOTHING: that wouldn't lock the row that waits, so a worker could take it, read
# what was before our change, and be done just before our transaction commits.
ASK = """
    INSERT INTO klanten_plugin_outboxtask
        (kind, object_key, object_url, payload, next_attempt_at, due_at,
         ordered, state, attempts, last_error)
    VALUES (%(kind)s, %(key)s, %(url)s, %(payload)s::jsonb,
            statement_timestamp() + %(delay)s, statement_timestamp() + %(delay)s,
            false, 'waiting', 0, '')
    ON CONFLICT (kind, object_key) WHERE NOT ordered AND state = 'waiting'
    DO UPDATE SET object_url = EXCLUDED.object_url, payload = EXCLUDED.payload,
        next_attempt_at = least(
            klanten_plugin_outboxtask.next_attempt_at, EXCLUDED.next_attempt_at
        ),
        due_at = least(klanten_plugin_outboxtask.due_at, EXCLUDED.due_at)
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
    wait = timedelta(seconds=delay)
    if kind in ORDERED_KINDS:
        OutboxRow.objects.create(
            kind=kind,
            object_key=object_key,
            object_url=object_url,
            payload=payload,
            ordered=True,
            next_attempt_at=Now() + wait,
            due_at=Now() + wait,
        )
    else:
        parameters = {
            "kind": kind.value,
            "key": object_key,
            "url": object_url,
            "payload": None if payload is None else json.dumps(payload),
            "delay": wait,
        }
        list(OutboxRow.objects.using(DEFAULT_DB_ALIAS).raw(ASK, parameters))
    if not delay:
        _announce(kind)


def _announce(kind: OutboxKind) -> None:
    bundle = _bundle.get()
    if bundle is None:
        outbox_filled.send(sender=OutboxRow, kind=kind, count=1)
    else:
        bundle[kind] += 1


@contextmanager
def announced_together() -> Iterator[None]:
    """Announce the rows that are added within this once, at its end.

    For bulk work in many transactions: workers are then told as often as there are
    workers to wake, not once for each row. They may start sooner, since beat looks too.
    """
    if _bundle.get() is not None:
        yield
        return
    bundle: Counter[OutboxKind] = Counter()
    token = _bundle.set(bundle)
    try:
        yield
    finally:
        _bundle.reset(token)
        # also after an error: the transactions before it were committed
        for kind, count in bundle.items():
            outbox_filled.send(sender=OutboxRow, kind=kind, count=count)
