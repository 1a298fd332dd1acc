"""Find klanten by common values, using bitmaps.

One statement combines the bitmaps of up to nineteen values, 8192 klanten at a time,
counts, and returns the part with the page. Klanten that changed since the bitmaps were
built are evaluated individually, so that page and count are exact in the snapshot.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connections, router

from ...models import Klant
from ...models.bits import BLOCK
from .bitmaps import NOTHING, Lookups, as_bits, column_of

MOST_CHANGES = 2_000
"""Changes since the bitmaps were made that a request evaluates itself. With more it
doesn't use the bitmaps, and reads no more of the changes than that."""

SECONDS = 60.0
"""Seconds for which a process caches the list of values with bitmaps."""


@dataclass
class _Shared:
    """The values with bitmaps as last read by this process, by database.

    Only a hint which statement to try first: the statement itself checks for bitmaps.
    """

    values: frozenset[tuple[str, str]] = frozenset()
    read_at: float = float("-inf")


_SHARED: dict[str, _Shared] = {}


def are_shared(lookups: Lookups) -> bool:
    """Whether all of these values had bitmaps, as of the last :data:`SECONDS`."""
    known = _SHARED.setdefault(database_name(), _Shared())
    if time.monotonic() - known.read_at > SECONDS:
        with connections[router.db_for_read(Klant)].cursor() as cursor:
            cursor.execute("SELECT lookup, value FROM klanten_plugin_sharedvalue")
            known.values = frozenset(cursor.fetchall())
        known.read_at = time.monotonic()
    wanted = lookups.items() if lookups else {("", "")}
    return known.values.issuperset(wanted)


def database_name() -> str:
    """Return the name of the database that klanten are read from."""
    return str(connections[router.db_for_read(Klant)].settings_dict["NAME"])


def find_by_bitmaps(
    lookups: Lookups, start: int | None, size: int
) -> tuple[int, list[int]] | None:
    """Return the number of klanten with these values, and the keys of those on a page.

    The page has ``size`` klanten after the first ``start``; ``None`` is the last page.
    Empty ``lookups`` match all klanten. Return ``None`` if a value has no bitmaps, or
    if too many klanten changed since they were built.
    """
    parameters: dict[str, Any] = {"start": start, "size": size}
    for place, (lookup, value) in enumerate((lookups or {"": ""}).items(), 1):
        parameters |= {f"lookup_{place}": lookup, f"value_{place}": value}
    with connections[router.db_for_read(Klant)].cursor() as cursor:
        cursor.execute(_statement(tuple(lookups)), parameters)
        rows = cursor.fetchall()
    if not rows:
        return None
    count, first = rows[0][:2]
    pks: list[int] = []
    for _count, _first, block, upto, bits in rows:
        if block is not None:
            skipped = max(first - (upto - bits.count("1")), 0)
            pks += _positions(bits, block * BLOCK, skipped, size - len(pks))
    return count, pks


def _positions(bits: str, offset: int, skipped: int, most: int) -> list[int]:
    """Return at most ``most`` keys in a block, after the first ``skipped``."""
    found: list[int] = []
    place = bits.find("1")
    while place >= 0 and len(found) < most:
        if skipped:
            skipped -= 1
        else:
            found.append(offset + place)
        place = bits.find("1", place + 1)
    return found


@cache
def _statement(lookups: tuple[str, ...]) -> str:
    """Return the statement for a combination of fields, independent of their values."""
    number = max(len(lookups), 1)
    names = [f"bitmap_{place}" for place in range(number)]
    wanted = ", ".join(
        f"(%(lookup_{place})s, %(value_{place})s)" for place in range(1, number + 1)
    )
    both = " & ".join(f"{name}.bits" for name in names)
    # materialized, or the bits would be combined again for each use
    return f"""
        WITH wanted AS MATERIALIZED (
            SELECT id, row_number() OVER () AS place
            FROM klanten_plugin_sharedvalue WHERE (lookup, value) IN ({wanted})
        ), noted AS MATERIALIZED (
            SELECT klant_id FROM klanten_plugin_changedklant LIMIT {MOST_CHANGES + 1}
        ), changed AS MATERIALIZED (
            SELECT DISTINCT klant_id FROM noted
        ), stale AS (
            SELECT klant_id / {BLOCK} AS block, {as_bits("klant_id")} AS bits
            FROM changed GROUP BY 1
        ), fresh AS (
            SELECT klant_id / {BLOCK} AS block, {as_bits("klant_id")} AS bits
            FROM changed {_themselves(lookups)} GROUP BY 1
        ), combined AS MATERIALIZED (
            SELECT block, CASE WHEN stale.bits IS NULL THEN {both}
                ELSE {both} & ~stale.bits END AS bits
            FROM {_joined(names)} LEFT JOIN stale USING (block)
        ), settled AS MATERIALIZED (
            SELECT block, CASE WHEN fresh.bits IS NULL THEN combined.bits
                ELSE coalesce(combined.bits, {NOTHING}) | fresh.bits END AS bits
            FROM combined FULL JOIN fresh USING (block)
        ), numbered AS MATERIALIZED (
            SELECT block, bits, sum(bit_count(bits)) OVER (ORDER BY block) AS upto
            FROM settled
        ), page AS MATERIALIZED (
            SELECT count, coalesce(
                %(start)s::bigint, greatest(count - 1, 0) / %(size)s * %(size)s
            ) AS first, %(size)s::int AS size
            FROM (
                SELECT coalesce(max(upto), 0)::bigint AS count FROM numbered
            ) AS total
        )
        SELECT count, first, block, upto::bigint, bits::text
        FROM page LEFT JOIN numbered
            ON upto > first AND upto - bit_count(bits) < first + size
        WHERE (SELECT count(*) FROM wanted) = {number}
            AND (SELECT count(*) FROM noted) <= {MOST_CHANGES}
        ORDER BY block
    """  # noqa: S608 - of names


def _joined(names: list[str]) -> str:
    """Return joins of the bitmaps of all values."""
    return " JOIN ".join(
        f"(SELECT block, bits FROM klanten_plugin_klantbitmap WHERE value_id ="  # noqa: S608 - of names
        f" (SELECT id FROM wanted WHERE place = {place})) AS {name}"
        f"{' USING (block)' if place > 1 else ''}"
        for place, name in enumerate(names, 1)
    )


def _themselves(lookups: tuple[str, ...]) -> str:
    """Return joins that select the changed klanten with the values, by primary key.

    ``OFFSET 0`` keeps the planner from flattening the subqueries: it might read all
    klanten with a common value.
    """
    conditions: dict[tuple[str, str], list[str]] = {}
    for place, lookup in enumerate(lookups, 1):
        table, column, key = column_of(lookup)
        compared = f"{column} = %(value_{place})s"
        conditions.setdefault((table, key), []).append(compared)
    if not lookups:
        conditions["klanten_plugin_klant", "id"] = ["true"]
    return " ".join(
        f"CROSS JOIN LATERAL (SELECT FROM {table} WHERE {key} = changed.klant_id"
        f" AND {' AND '.join(all_compared)} OFFSET 0) AS {table}"
        for (table, key), all_compared in conditions.items()
    )
