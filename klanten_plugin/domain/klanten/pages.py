"""Which klanten are on a page, and how many there are in all?

Only the keys are looked for, in the narrow indexes: the wide rows are read afterwards,
those of the page alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, connections, models, router, transaction

from ...models import Klant
from ...models.groups import owned_groups
from ...models.triggers import COMPACT
from .shared_values import are_shared, find_by_bitmaps

Lookups = Mapping[str, str]
"""Values that klanten must have: by the name of a field, or of a group and its field."""

DEEP = 10_000
"""Klanten that a page is behind, from which on bitmaps are quicker than an index."""


@dataclass(frozen=True)
class Found:
    """The keys of the klanten on a page, and the exact number on all pages."""

    count: int
    pks: list[int]


def find_klanten(lookups: Lookups, start: int | None, size: int) -> Found:
    """The ``size`` klanten behind the first ``start`` that have these values.

    With ``None`` as ``start``: those on the last page, if all have ``size`` klanten.
    """
    is_large = are_shared(lookups) if lookups or (start or 0) > DEEP else False
    if is_large and (found := find_by_bitmaps(lookups, start, size)):
        return Found(*found)
    parameters: dict[str, Any] = {"start": start, "size": size}
    for place, value in enumerate(lookups.values()):
        parameters[f"value_{place}"] = value
    statement = _matching(tuple(lookups)) if lookups else ALL
    count, pks = _fetch(statement, parameters)[0]
    return Found(count, sorted(pks))


# Counting a million rows takes longer than all the rest of a page. So triggers keep what
# every statement changed of their number: the sum is exact for every reader, also for
# one beside changes that aren't committed, and nobody waits for anybody.
COUNT = (
    "SELECT coalesce(sum(change), 0)::bigint AS count FROM klanten_plugin_klantcount"
)

LAST = "greatest(count - 1, 0) / greatest(%(size)s, 1) * %(size)s"
"""SQL for the number of klanten that the last page is behind."""

# Pages of the second half are counted from the end: an OFFSET is read and thrown away.
# In the same statement as the number of klanten, so that one that comes in between
# doesn't shift the page.
ALL = f"""
    WITH page AS MATERIALIZED (
        SELECT count, coalesce(%(start)s::bigint, {LAST}) AS first
        FROM ({COUNT}) AS total
    )
    SELECT count, CASE WHEN first * 2 <= count THEN ARRAY(
        SELECT id FROM klanten_plugin_klant
        ORDER BY id OFFSET (SELECT first FROM page) LIMIT %(size)s
    ) ELSE ARRAY(
        SELECT id FROM klanten_plugin_klant
        ORDER BY id DESC
        OFFSET (SELECT greatest(count - first - %(size)s, 0) FROM page)
        LIMIT (SELECT greatest(least(%(size)s, count - first), 0) FROM page)
    ) END
    FROM page
"""  # noqa: S608 - of constants


def recount_klanten() -> int:
    """Count the klanten themselves, and correct the number that is kept; by how much.

    Also makes one of the changes that were kept so far: under REPEATABLE READ and
    SERIALIZABLE the triggers can't. It is done under READ COMMITTED in any case, so
    that it sees what somebody else did while it waited for the lock.

    It is only ever wrong after rows came or went past the triggers: where they were
    disabled, or where both tables were restored into a database that has triggers.
    """
    is_outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if is_outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [LOCK])
        # a statement of its own: it sees what whoever held the lock has done
        cursor.execute(RECOUNT)
        row = cursor.fetchone()
        cursor.execute(COMPACT)
    return int(row[0]) if row else 0


LOCK = "klanten_plugin.recount"

RECOUNT = f"""
    INSERT INTO klanten_plugin_klantcount (change)
    SELECT counted.count - kept.count
    FROM (SELECT count(*) FROM klanten_plugin_klant) AS counted, ({COUNT}) AS kept
    WHERE counted.count <> kept.count
    RETURNING change
"""  # noqa: S608 - of constants


@cache
def _matching(lookups: tuple[str, ...]) -> str:
    """The statement for values of which at most one is shared by very many klanten.

    All that match are found before the page is cut out of them. Were the planner to see
    the page alone, it would walk over the klanten of a common value in order and hope
    to come by a hundred that have the rare one, too.

    The table of klanten is only read for values of its own: the groups know whose they
    are.
    """
    groups = owned_groups(Klant)
    accessors = sorted({name.rpartition("__")[0] for name in lookups})
    first = accessors[0]
    key = f"{first}.klant_id" if first else "klant.id"
    tables: list[str] = []
    for accessor in accessors:
        model: type[models.Model] = groups[accessor] if accessor else Klant
        table = f"{model._meta.db_table} {accessor or 'klant'}"
        on = f" ON {accessor}.klant_id = {key}" if tables else ""
        tables.append(f"{table}{on}")
    compared = [f"{_column(name)} = %(value_{n})s" for n, name in enumerate(lookups)]
    # an index has those of one value; before it has bitmaps there may be very many
    kept = "MATERIALIZED" if len(lookups) > 1 else "NOT MATERIALIZED"
    return f"""
        WITH found AS {kept} (
            SELECT {key} AS id FROM {" JOIN ".join(tables)}
            WHERE {" AND ".join(compared)}
        ), page AS MATERIALIZED (
            SELECT count, coalesce(%(start)s::bigint, {LAST}) AS first
            FROM (SELECT count(*) FROM found) AS total
        )
        SELECT count, ARRAY(
            SELECT id FROM found ORDER BY id
            OFFSET (SELECT first FROM page) LIMIT %(size)s
        )
        FROM page
    """  # noqa: S608 - of names


def _column(lookup: str) -> str:
    accessor, _separator, name = lookup.rpartition("__")
    model: type[models.Model] = owned_groups(Klant)[accessor] if accessor else Klant
    field: Any = model._meta.get_field(name)
    return f"{accessor or 'klant'}.{field.column}"


def _fetch(statement: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connections[router.db_for_read(Klant)].cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
