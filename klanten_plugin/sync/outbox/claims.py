"""Take a row of the outbox, so that nobody else does it meanwhile."""

from __future__ import annotations

from datetime import timedelta

from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction

import structlog

from ...conf import settings
from ...constants import OutboxKind
from ...models import OutboxRow

logger = structlog.stdlib.get_logger(__name__)

COLLISIONS = 5
"""So many times another row is looked for at once; then the next run does."""

CLAIM = """
    UPDATE klanten_plugin_outboxtask
    SET state = 'running',
        attempts = attempts + 1,
        lease_until = statement_timestamp() + %(lease)s
    WHERE id = ({candidate} LIMIT 1 FOR UPDATE OF task SKIP LOCKED)
    RETURNING *
"""

# Whoever took it is gone. It was this object's turn then, and nothing of the object has
# been taken since, so there is no order to look at.
ABANDONED = """
    SELECT task.id
    FROM klanten_plugin_outboxtask AS task
    WHERE task.kind = %(kind)s
      AND task.state = 'running'
      AND task.lease_until < statement_timestamp()
    ORDER BY task.lease_until
"""

# One row of an object at a time; where order matters, the first one that is open.
DUE = """
    SELECT task.id
    FROM klanten_plugin_outboxtask AS task
    WHERE task.kind = %(kind)s
      AND task.state = 'waiting'
      AND task.next_attempt_at <= statement_timestamp()
      AND NOT EXISTS (
          SELECT 1
          FROM klanten_plugin_outboxtask AS other
          WHERE other.kind = task.kind
            AND other.object_key = task.object_key
            AND other.id <> task.id
            AND other.state IN ('waiting', 'running')
            AND (other.state = 'running' OR task.ordered AND other.id < task.id)
      )
    ORDER BY task.next_attempt_at, task.id
"""

# Abandoned rows first: behind each of them all that follows of its object waits.
STATEMENTS = [CLAIM.format(candidate=candidate) for candidate in (ABANDONED, DUE)]


def claim(kind: OutboxKind) -> OutboxRow | None:
    """Take the next row that a worker left, or that is due; ``None`` if there is none.

    Refuses to work inside a transaction: what is taken must be taken for all to see
    before the remote is called.
    """
    for _collision in range(COLLISIONS):
        try:
            with transaction.atomic(durable=True):
                return _claim(kind)
        except IntegrityError:
            # another row of the object was taken in the same moment: its turn is over
            logger.info("outbox_claim_collided", kind=kind)
    return None


def _claim(kind: OutboxKind) -> OutboxRow | None:
    lease = timedelta(seconds=settings.OUTBOX_LEASE)
    parameters = {"kind": kind.value, "lease": lease}
    rows = OutboxRow.objects.using(DEFAULT_DB_ALIAS)
    for statement in STATEMENTS:
        for row in rows.raw(statement, parameters):
            return row
    return None
