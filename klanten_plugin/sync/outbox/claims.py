"""Claim a row of the outbox exclusively, with a lease.

Only the first row of an object can be claimed. A claim that finds a blocked row marks
all such rows of the object as ``behind``, so that later claims skip them. Settling the
first row releases the next one (:mod:`.queueing`). The cost of a claim therefore
doesn't depend on the number of waiting rows of one object.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import DEFAULT_DB_ALIAS, IntegrityError

import structlog

from ...conf import settings
from ...constants import OutboxKind
from ...domain.rows import columns_of, from_row
from ...models import OutboxRow
from .queueing import BLOCKED, DUE, mark_behind
from .transactions import execute_alone

logger = structlog.stdlib.get_logger(__name__)

COLLISIONS = 5
"""Maximum number of immediate retries of a claim that collided with another one."""

# Rows with an expired lease are ordered by its expiry, so that a row that kills its
# workers doesn't precede all others. Whether a row is blocked is only evaluated for the
# candidates: for all due rows, PostgreSQL would hash all running rows, including dead
# tuples.
CLAIM = f"""
    WITH abandoned AS (
        SELECT id, kind, object_key, ordered, state, lease_until AS since
        FROM klanten_plugin_outboxtask
        WHERE kind = %(kind)s
          AND state = 'running'
          AND lease_until < statement_timestamp()
        ORDER BY lease_until
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    ), due AS (
        SELECT id, kind, object_key, ordered, state, next_attempt_at AS since
        FROM klanten_plugin_outboxtask AS task
        WHERE {DUE}
        ORDER BY next_attempt_at, id
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    ), chosen AS (
        SELECT task.id
        FROM (SELECT * FROM abandoned UNION ALL SELECT * FROM due) AS task
        WHERE task.state = 'running' OR NOT {BLOCKED}
        ORDER BY task.since
        LIMIT 1
    )
    UPDATE klanten_plugin_outboxtask AS task
    SET state = 'running',
        attempts = task.attempts + 1,
        abandoned = task.abandoned + (task.state = 'running')::int,
        lease_until = statement_timestamp() + %(lease)s
    FROM chosen
    WHERE task.id = chosen.id
    RETURNING {columns_of(OutboxRow, "task")}
"""  # noqa: S608 - parts of our own


def claim(kind: OutboxKind) -> OutboxRow | None:
    """Claim the next row that is due or whose lease has expired; ``None`` without one.

    Raises :class:`RuntimeError` inside a transaction: the claim must be committed before
    the remote is called.
    """
    for _collision in range(COLLISIONS):
        try:
            return _claim(kind)
        except IntegrityError:
            # another worker claimed a row of this object concurrently
            logger.info("outbox_claim_collided", kind=kind)
    return None


def _claim(kind: OutboxKind) -> OutboxRow | None:
    lease = timedelta(seconds=settings.OUTBOX_LEASE)
    parameters = {"kind": kind.value, "lease": lease}
    while not (found := execute_alone(CLAIM, parameters)):
        if not mark_behind(kind):
            return None
    return from_row(OutboxRow, found[0], DEFAULT_DB_ALIAS)
