"""Hide blocked rows from claims.

``behind`` is set by a claim that finds a blocked row, and cleared when the row in front
of it is settled. Both commit their own change before they check for the other's, so the
later one sees both, without locks. If a process is killed in between, a row stays
``behind`` without one in front of it; the relay releases those
(:func:`release_stranded`).
"""

from __future__ import annotations

from ...constants import OutboxKind
from .transactions import execute_alone

BATCH = 10_000

DUE = """
    task.kind = %(kind)s
    AND task.state = 'waiting'
    AND NOT task.behind
    AND task.next_attempt_at <= statement_timestamp()
"""

# One running row per object; for ordered kinds, only the first open one. Two
# subqueries, because each is a single probe of its own index.
BLOCKED = """(
    EXISTS (
        SELECT 1
        FROM klanten_plugin_outboxtask AS other
        WHERE other.kind = task.kind
          AND other.object_key = task.object_key
          AND other.state = 'running'
    )
    OR task.ordered AND EXISTS (
        SELECT 1
        FROM klanten_plugin_outboxtask AS other
        WHERE other.kind = task.kind
          AND other.object_key = task.object_key
          AND other.id < task.id
          AND other.state IN ('waiting', 'running')
    )
)"""

LOOK_AHEAD = 100
"""Number of due rows to search for a blocked one: earlier rows may be locked by other
workers at this moment."""

MARK = f"""
    WITH due AS MATERIALIZED (
        SELECT task.id, task.kind, task.object_key, task.ordered, task.next_attempt_at
        FROM klanten_plugin_outboxtask AS task
        WHERE {DUE}
        ORDER BY task.next_attempt_at, task.id
        LIMIT {LOOK_AHEAD}
    ), blocked AS MATERIALIZED (
        SELECT task.kind, task.object_key
        FROM due AS task
        WHERE {BLOCKED}
        ORDER BY task.next_attempt_at, task.id
        LIMIT 1
    ), first AS MATERIALIZED (
        SELECT blocked.kind, blocked.object_key, (
            SELECT CASE WHEN task.state = 'running' THEN 0 ELSE task.id END
            FROM klanten_plugin_outboxtask AS task
            WHERE task.kind = blocked.kind
              AND task.object_key = blocked.object_key
              AND task.state IN ('waiting', 'running')
            ORDER BY task.state, task.id
            LIMIT 1
        ) AS id
        FROM blocked
    ), fresh AS (
        SELECT task.id
        FROM klanten_plugin_outboxtask AS task
        JOIN first USING (kind, object_key)
        WHERE task.state = 'waiting' AND NOT task.behind AND task.id > first.id
        LIMIT {BATCH}
        FOR UPDATE OF task SKIP LOCKED
    )
    UPDATE klanten_plugin_outboxtask AS task
    SET behind = true
    FROM fresh
    WHERE task.id = fresh.id
    RETURNING task.object_key
"""  # noqa: S608 - parts of our own

# nearly always false
HAS_BEHIND = """
    SELECT 1
    FROM klanten_plugin_outboxtask
    WHERE kind = %(kind)s AND object_key = %(key)s AND state = 'waiting' AND behind
    LIMIT 1
"""

# releases the first row of an object only
RELEASE = """
    UPDATE klanten_plugin_outboxtask
    SET behind = false
    WHERE behind
      AND id = (
          SELECT id
          FROM klanten_plugin_outboxtask
          WHERE kind = %(kind)s AND object_key = %(key)s AND state = 'waiting'
          ORDER BY id
          LIMIT 1
      )
      AND NOT EXISTS (
          SELECT 1
          FROM klanten_plugin_outboxtask
          WHERE kind = %(kind)s AND object_key = %(key)s AND state = 'running'
      )
    RETURNING id
"""

# The objects with rows behind others, each found by one index probe.
RELEASE_STRANDED = """
    WITH RECURSIVE object AS (
        (
            SELECT kind, object_key
            FROM klanten_plugin_outboxtask
            WHERE state = 'waiting' AND behind
            ORDER BY kind, object_key
            LIMIT 1
        )
        UNION ALL
        SELECT further.kind, further.object_key
        FROM object
        CROSS JOIN LATERAL (
            SELECT task.kind, task.object_key
            FROM klanten_plugin_outboxtask AS task
            WHERE task.state = 'waiting'
              AND task.behind
              AND (task.kind, task.object_key) > (object.kind, object.object_key)
            ORDER BY task.kind, task.object_key
            LIMIT 1
        ) AS further
    )
    UPDATE klanten_plugin_outboxtask
    SET behind = false
    WHERE behind
      AND state = 'waiting'
      AND id IN (
          SELECT (
              SELECT task.id
              FROM klanten_plugin_outboxtask AS task
              WHERE task.kind = object.kind
                AND task.object_key = object.object_key
                AND task.state IN ('waiting', 'running')
              ORDER BY task.state, task.id
              LIMIT 1
          )
          FROM object
      )
    RETURNING id
"""


def mark_behind(kind: OutboxKind) -> int:
    """Mark rows of the first object with blocked due rows, and return their number.

    At most :data:`BATCH` at once, to keep claims short.
    """
    marked = execute_alone(MARK, {"kind": kind.value})
    if marked:
        release_first(kind, marked[0][0])
    return len(marked)


def release_first(kind: str, object_key: str) -> None:
    """Release the first waiting row of an object, if none is running. Idempotent."""
    parameters = {"kind": str(kind), "key": object_key}
    if execute_alone(HAS_BEHIND, parameters):
        execute_alone(RELEASE, parameters)


def release_stranded() -> int:
    """Release the first row of every object that only has ``behind`` rows.

    Idempotent. Repairs the state after a killed process or rows that were deleted by
    hand.
    """
    return len(execute_alone(RELEASE_STRANDED, {}))
