"""Read a page of klanten, and the total count, in one statement.

The statement first finds the primary keys of the page, for which it only uses narrow
indexes, and then reads the wide rows of those klanten.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, transaction

from ...models.triggers import COMPACT
from .bitmaps import Lookups, column_of
from .reading import read_found, read_klanten
from .representation import Representation
from .shared_values import are_shared, database_name, find_by_bitmaps

DEEP = 10_000
"""Offset, from the nearest end, from which bitmaps are faster than an index."""

_COUNTS: dict[str, int] = {}
"""The number of klanten that this process last saw, by database.

Only a hint which statement is the fastest: all are exact.
"""


@dataclass(frozen=True)
class Page:
    """The klanten on a page, ordered by primary key, and the exact total count.

    The count may be 0 on a page behind the last one.
    """

    count: int
    klanten: list[Representation]


def read_page(
    lookups: Lookups, start: int | None, size: int, collection_url: str
) -> Page:
    """Read ``size`` klanten with these values, after skipping the first ``start``.

    If ``start`` is ``None``, read those on the last page of ``size`` klanten.
    """
    page = None
    if (lookups or _is_deep(start)) and are_shared(lookups):
        page = _by_bitmaps(lookups, start, size, collection_url)
    page = page or _by_indexes(lookups, start, size, collection_url)
    if page.klanten and not lookups:
        _COUNTS[database_name()] = page.count
    return page


def _by_bitmaps(
    lookups: Lookups, start: int | None, size: int, collection_url: str
) -> Page | None:
    found = find_by_bitmaps(lookups, start, size)
    if found is None:
        return None
    count, pks = found
    return Page(count, read_klanten(pks, collection_url) if pks else [])


def _by_indexes(
    lookups: Lookups, start: int | None, size: int, collection_url: str
) -> Page:
    parameters: dict[str, Any] = {"start": start, "size": size}
    for place, value in enumerate(lookups.values()):
        parameters[f"value_{place}"] = value

    statement = _of_all(start)
    if lookups:
        statement = _matching(tuple(lookups), is_last=start is None)
    page = Page(*read_found(statement, parameters, collection_url))
    if statement is NEAR_END and not _is_whole(page, start, size):
        # the last known count is out of date
        page = Page(*read_found(ALL, parameters, collection_url))
    return page


def _of_all(start: int | None) -> str:
    """Return the fastest statement for a page of all klanten."""
    if start is not None and start <= DEEP:
        return NEAR_START
    return ALL if _is_deep(start) else NEAR_END


def _is_whole(page: Page, start: int | None, size: int) -> bool:
    if start is None:  # the last page is always near the end
        return True
    return len(page.klanten) >= max(1, min(size, page.count - start))


def _is_deep(start: int | None) -> bool:
    """Whether a page of all klanten is far from both ends, by the last known count."""
    if start is None or start <= DEEP:
        return False
    count = _COUNTS.get(database_name())
    return count is None or count - start > DEEP


# Counting a million rows takes longer than the rest of a page. Triggers therefore
# record the delta of every statement. The sum is exact in every snapshot, and neither
# readers nor writers wait.
COUNT = (
    "SELECT coalesce(sum(change), 0)::bigint AS count FROM klanten_plugin_klantcount"
)

LAST = "greatest(count - 1, 0) / greatest(%(size)s, 1) * %(size)s"
"""SQL for the offset of the last page."""

NEAR_START = f"""
    SELECT ({COUNT}), ARRAY(
        SELECT id FROM klanten_plugin_klant ORDER BY id
        OFFSET %(start)s LIMIT %(size)s
    )
"""  # noqa: S608 - of constants


FIRST = f"""
    WITH page AS MATERIALIZED (
        SELECT count, coalesce(%(start)s::bigint, {LAST}) AS first
        FROM ({COUNT}) AS total
    )
"""  # noqa: S608 - of constants

FROM_END = """
    ORDER BY id DESC
    OFFSET (SELECT greatest(count - first - %(size)s, 0) FROM page)
    LIMIT (SELECT greatest(least(%(size)s, count - first), 0) FROM page)
"""

# The planner estimates that an unknown offset skips a tenth of the rows. With eighteen
# million, that costs enough for JIT compilation, which takes ten times as long as the
# page. The limit of the subquery bounds the estimate.
NEAR_END = f"""
    {FIRST} SELECT count, ARRAY(
        SELECT id FROM (
            SELECT id FROM klanten_plugin_klant
            ORDER BY id DESC LIMIT {DEEP} + %(size)s
        ) AS last {FROM_END}
    ) FROM page
"""  # noqa: S608 - of constants

# Pages in the second half are read from the end, because PostgreSQL reads and discards
# the rows of an OFFSET. The count is in the same statement, so that concurrent inserts
# don't shift the page.
ALL = f"""
    {FIRST} SELECT count, CASE WHEN first * 2 <= count THEN ARRAY(
        SELECT id FROM klanten_plugin_klant
        ORDER BY id OFFSET (SELECT first FROM page) LIMIT %(size)s
    ) ELSE ARRAY(SELECT id FROM klanten_plugin_klant {FROM_END}) END FROM page
"""  # noqa: S608 - of constants


def recount_klanten() -> int:
    """Recount the klanten, correct the stored number, and return the correction.

    Also compacts the stored deltas, which the triggers can't do under REPEATABLE READ
    and SERIALIZABLE. Always runs under READ COMMITTED, to see changes made while it
    waited for the lock.

    The number is only wrong after changes that bypassed the triggers: if they were
    disabled, or if both tables were restored into a database with triggers.
    """
    is_outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if is_outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [LOCK])
        # a separate statement, to see changes of the previous lock holder
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


# The subquery hides the offset from the planner: for a small one it may scan the klanten
# in order, hoping to find enough of them.
FROM_START = """
    SELECT (SELECT count(*) FROM found), ARRAY(
        SELECT id FROM found ORDER BY id
        OFFSET (SELECT %(start)s::bigint) LIMIT %(size)s
    )
"""
# separate, because it takes 0.2 ms more
LAST_PAGE = f"""
    , page AS MATERIALIZED (
        SELECT count, {LAST} AS first FROM (SELECT count(*) FROM found) AS total
    )
    SELECT count, ARRAY(
        SELECT id FROM found ORDER BY id
        OFFSET (SELECT first FROM page) LIMIT %(size)s
    )
    FROM page
"""  # noqa: S608 - of constants
"""The count and the keys of a page, of the keys that ``found`` has."""


@cache
def _matching(lookups: tuple[str, ...], *, is_last: bool) -> str:
    """Return the statement for values of which at most one is very common.

    It finds all matches before it selects the page. With a plain LIMIT the planner may
    scan the klanten of a common value in order, hoping to find enough with the rare
    value.

    The table of klanten is only read for its own fields: groups have the key of their
    klant.
    """
    columns = [column_of(lookup) for lookup in lookups]
    # that of the klanten is the first, if there is one of its own fields
    (first, key), *groups = sorted({(table, key) for table, _column, key in columns})
    joins = [f"JOIN {table} ON {table}.{own} = {first}.{key}" for table, own in groups]
    compared = [
        f"{table}.{column} = %(value_{number})s"
        for number, (table, column, _key) in enumerate(columns)
    ]
    # one value is an index scan; without bitmaps yet, it can have very many rows
    kept = "MATERIALIZED" if len(lookups) > 1 else "NOT MATERIALIZED"
    return f"""
        WITH found AS {kept} (
            SELECT {first}.{key} AS id FROM {first} {" ".join(joins)}
            WHERE {" AND ".join(compared)}
        ) {LAST_PAGE if is_last else FROM_START}
    """  # noqa: S608 - of names
