"""Add rows to the outbox in the current transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.dispatch import Signal

from ..constants import ORDERED_KINDS, OutboxKind
from ..models import OutboxRow

outbox_filled = Signal()
"""Rows were added to the outbox, in a transaction that may still be open.

Sent with ``sender=OutboxRow``, ``kind``, an :class:`OutboxKind`, and ``count``, the
number of rows.
"""

_bundle: ContextVar[Counter[OutboxKind] | None] = ContextVar("_bundle", default=None)
"""Unannounced rows by kind, or ``None`` if each row is announced at once."""

# As SQL text, because compiling it takes longer than executing it. Rows of an ordered
# kind never conflict. For others not DO NOTHING, which wouldn't lock the waiting row: a
# worker could claim it, read the state before our change, and finish just before our
# transaction commits.
ASK = """
    INSERT INTO klanten_plugin_outboxtask
        (kind, object_key, object_url, payload, next_attempt_at, due_at,
         ordered, state, attempts, last_error)
    VALUES (%(kind)s, %(key)s, %(url)s, %(payload)s::jsonb,
            statement_timestamp() + %(delay)s, statement_timestamp() + %(delay)s,
            %(ordered)s, 'waiting', 0, '')
    ON CONFLICT (kind, object_key) WHERE NOT ordered AND state = 'waiting'
    DO UPDATE SET object_url = EXCLUDED.object_url, payload = EXCLUDED.payload,
        next_attempt_at = least(
            klanten_plugin_outboxtask.next_attempt_at, EXCLUDED.next_attempt_at
        ),
        due_at = least(klanten_plugin_outboxtask.due_at, EXCLUDED.due_at)
"""


def add_row(
    kind: OutboxKind,
    object_key: str,
    *,
    object_url: str = "",
    payload: dict[str, Any] | None = None,
    delay: float = 0.0,
) -> None:
    """Queue work of this kind for an object, in the current transaction.

    For unordered kinds this is idempotent: an existing waiting row is locked until the
    end of this transaction, so that it is processed afterwards. Callers that queue
    several objects must sort them by key, or they can deadlock.

    ``delay`` is the minimum number of seconds before it is processed; beat finds the
    row when it is due. If a row is queued twice, the earlier time applies.
    """
    wait = timedelta(seconds=delay)
    parameters: dict[str, Any] = {
        "kind": kind.value,
        "key": object_key,
        "url": object_url,
        "payload": None if payload is None else json.dumps(payload),
        "delay": wait,
        "ordered": kind in ORDERED_KINDS,
    }
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(ASK, parameters)
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
    """Announce all rows that are added in this context once, at its end.

    For bulk work in many transactions: it sends one message per worker to wake, instead
    of one per row. Beat can start workers earlier.
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
        # also after an exception, because earlier transactions were committed
        for kind, count in bundle.items():
            outbox_filled.send(sender=OutboxRow, kind=kind, count=count)
