"""Maintain the bitmaps of values that very many klanten share.

A value gets bitmaps when at least :data:`MANY` klanten have it, by PostgreSQL's
statistics. Results are exact for every reader, whatever the age of the bitmaps:
triggers record each changed klant in the transaction of the change, and
:mod:`.shared_values` evaluates those klanten itself. This module updates the bitmaps
with these changes. It never blocks writers, and locks no klant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import connection, models, transaction

from ...models import Klant
from ...models.bits import BLOCK
from ...models.groups import owned_groups

MANY = 5_000
"""Minimum number of klanten for a value to get bitmaps; it loses them below half."""

MOST_VALUES = 200
"""Maximum number of values with bitmaps. Each takes a byte per eight klanten."""

REBUILT = 50_000
"""From this number of changed klanten, rebuilding all bitmaps is faster."""

SPAN = 16 * BLOCK
"""Number of primary keys that one statement covers."""

LOCK = "hashtextextended('klanten_plugin.bitmaps', 0)"
"""SQL for the key of the advisory lock on changing the bitmaps."""

NOTHING = f"0::bit({BLOCK})"
"""SQL for an empty bitmap, which PostgreSQL evaluates once per statement."""


def as_bits(key: str) -> str:
    """Return the SQL of an aggregate: the bitmap of the klanten in one block."""
    return f"bit_or(set_bit({NOTHING}, mod({key}, {BLOCK})::int, 1))"


def catch_up() -> int:
    """Update the bitmaps, and return the number of processed changes.

    Idempotent. Does nothing if another process is updating them.
    """
    with _transaction() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_xact_lock({LOCK})")
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(CHANGES, [REBUILT])
        changes = int(cursor.fetchone()[0])
        if changes >= REBUILT:
            return _make_anew(cursor)
        cursor.execute(_folding())
        _choose_values(cursor)
    return changes


def rebuild() -> None:
    """Rebuild all bitmaps, for example after changes that bypassed the triggers."""
    with _transaction() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
        _make_anew(cursor)


@contextmanager
def _transaction() -> Iterator[Any]:
    """Yield a cursor under READ COMMITTED, whatever the host's isolation level."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if is_outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        # JIT compilation of these long statements would dominate small updates
        cursor.execute("SET LOCAL jit = off")
        yield cursor


def _make_anew(cursor: Any) -> int:
    # Klanten that change after this statement are recorded again, so it doesn't matter
    # whether the statements below see those changes.
    cursor.execute("DELETE FROM klanten_plugin_changedklant")
    changes = int(cursor.rowcount)
    cursor.execute("DELETE FROM klanten_plugin_klantbitmap")
    cursor.execute("DELETE FROM klanten_plugin_sharedvalue")
    _choose_values(cursor)
    return changes


def _choose_values(cursor: Any) -> None:
    """Add values that have become common, and remove those that no longer are."""
    cursor.execute("SELECT lookup, value, id FROM klanten_plugin_sharedvalue")
    there = {(lookup, value): pk for lookup, value, pk in cursor.fetchall()}
    cursor.execute(_common_values(), {"least": MANY / 2, "most": MOST_VALUES})
    common = {(lookup, value): klanten for lookup, value, klanten in cursor.fetchall()}
    gone = [pk for name, pk in there.items() if name not in common]
    new = [
        name
        for name, klanten in common.items()
        if klanten >= MANY and name not in there
    ]
    if gone:
        cursor.execute(
            "DELETE FROM klanten_plugin_klantbitmap WHERE value_id = ANY(%s)", [gone]
        )
        cursor.execute(
            "DELETE FROM klanten_plugin_sharedvalue WHERE id = ANY(%s)", [gone]
        )
    if new:
        _add_values(cursor, new)


def _add_values(cursor: Any, names: list[tuple[str, str]]) -> None:
    lookups, values = map(list, zip(*names, strict=True))
    cursor.execute(ADD, [lookups, values])
    pks = [pk for (pk,) in cursor.fetchall()]
    cursor.execute("SELECT coalesce(max(id), 0) FROM klanten_plugin_klant")
    last = cursor.fetchone()[0]
    for first in range(0, last + 1, SPAN):
        span = {"values": pks, "first": first, "last": first + SPAN - 1}
        cursor.execute(_making(), span)


LOOKUPS = (
    "bronorganisatie",
    "klantnummer",
    "bedrijfsnaam",
    "functie",
    "achternaam",
    "telefoonnummer",
    "emailadres",
    "adres__straatnaam",
    "adres__postcode",
    "adres__woonplaatsnaam",
    "adres__landcode",
    "subject",
    "subject_type",
    "subject_natuurlijk_persoon__inp_bsn",
    "subject_natuurlijk_persoon__anp_identificatie",
    "subject_natuurlijk_persoon__inp_a_nummer",
    "subject_niet_natuurlijk_persoon__inn_nnp_id",
    "subject_niet_natuurlijk_persoon__ann_identificatie",
    "subject_vestiging__vestigings_nummer",
)
"""The fields of the filters of the API, each of a klant, or of a group and its field."""

Lookups = Mapping[str, str]
"""Required values by lookup, one of :data:`LOOKUPS`."""


def field_of(lookup: str) -> models.Field[Any, Any]:
    """Return the model field of a lookup."""
    accessor, _separator, name = lookup.rpartition("__")
    model: Any = owned_groups(Klant)[accessor] if accessor else Klant
    field: models.Field[Any, Any] = model._meta.get_field(name)
    return field


def column_of(lookup: str) -> tuple[str, str, str]:
    """Return the table, the column and the klant column of a lookup."""
    field = field_of(lookup)
    key = "id" if field.model is Klant else "klant_id"
    return field.model._meta.db_table, str(field.column), key


def _holders(condition: str) -> str:
    """Return SQL for pairs of a value and a klant that matches the condition.

    It is written such that the planner can't use the index on the value: it would
    expect few klanten, and read the very many that share the value.
    """
    everyone = f"""
        SELECT value.id AS value_id, owner.id AS klant_id
        FROM klanten_plugin_klant AS owner
        JOIN klanten_plugin_sharedvalue AS value ON value.lookup = ''
        WHERE owner.id {condition}"""  # noqa: S608 - of names
    holders = [everyone]
    for lookup in LOOKUPS:
        table, column, key = column_of(lookup)
        holders.append(f"""
        SELECT value.id, owner.{key} FROM {table} AS owner
        JOIN klanten_plugin_sharedvalue AS value
            ON value.lookup = '{lookup}' AND value.value = owner.{column} || ''
        WHERE owner.{key} {condition}""")  # noqa: S608 - of names
    return " UNION ALL ".join(holders)


@cache
def _common_values() -> str:
    """Return SQL for the values that many klanten have, with their estimated number."""
    columns = ", ".join(
        "('{}', '{}', '{}')".format(lookup, *column_of(lookup)[:2])
        for lookup in LOOKUPS
    )
    return f"""
        WITH home AS (
            SELECT relnamespace, reltuples FROM pg_class
            WHERE oid = 'klanten_plugin_klant'::regclass
        )
        SELECT '' AS lookup, '' AS value, reltuples AS klanten FROM home
        WHERE reltuples >= %(least)s
        UNION ALL
        SELECT place.lookup, common.value, common.frequency * pg_class.reltuples
        FROM (VALUES {columns}) AS place (lookup, tablename, attname)
        JOIN pg_stats USING (tablename, attname)
        JOIN pg_namespace ON nspname = schemaname
        JOIN home ON home.relnamespace = pg_namespace.oid
        JOIN pg_class ON pg_class.relnamespace = home.relnamespace
            AND relname = place.tablename
        CROSS JOIN unnest(
            most_common_vals::text::text[], most_common_freqs
        ) AS common (value, frequency)
        WHERE common.value <> '' AND common.frequency * pg_class.reltuples >= %(least)s
        ORDER BY 3 DESC LIMIT %(most)s
    """  # noqa: S608 - of names


@cache
def _making() -> str:
    """Return SQL that makes the bitmaps of new values for a span of klanten."""
    holders = _holders("BETWEEN %(first)s AND %(last)s")
    return f"""
        INSERT INTO klanten_plugin_klantbitmap (value_id, block, bits)
        SELECT value_id, klant_id / {BLOCK}, {as_bits("klant_id")}
        FROM ({holders}) AS holder WHERE value_id = ANY(%(values)s) GROUP BY 1, 2
    """  # noqa: S608 - of names


@cache
def _folding() -> str:
    """Return SQL that updates the bitmaps with the klanten that changed."""
    return f"""
        WITH gone AS MATERIALIZED (
            DELETE FROM klanten_plugin_changedklant RETURNING klant_id
        ), stale AS MATERIALIZED (
            SELECT klant_id / {BLOCK} AS block, {as_bits("klant_id")} AS bits
            FROM gone GROUP BY 1
        ), found AS MATERIALIZED (
            SELECT value_id, klant_id / {BLOCK} AS block, {as_bits("klant_id")} AS bits
            FROM ({_holders("IN (SELECT klant_id FROM gone)")}) AS holder
            GROUP BY 1, 2
        ), old AS MATERIALIZED (
            SELECT id, value_id, block, bits FROM klanten_plugin_klantbitmap
            WHERE block IN (SELECT block FROM stale)
        ), changed AS (
            UPDATE klanten_plugin_klantbitmap AS bitmap SET bits = new.bits
            FROM (
                SELECT old.id, old.bits & ~stale.bits
                    | coalesce(found.bits, {NOTHING}) AS bits
                FROM old JOIN stale USING (block)
                LEFT JOIN found USING (value_id, block)
            ) AS new
            WHERE bitmap.id = new.id AND bitmap.bits <> new.bits
        )
        INSERT INTO klanten_plugin_klantbitmap (value_id, block, bits)
        SELECT value_id, block, found.bits
        FROM found LEFT JOIN old USING (value_id, block) WHERE old.id IS NULL
    """  # noqa: S608 - of names


CHANGES = """
    SELECT count(*) FROM (
        SELECT 1 FROM klanten_plugin_changedklant LIMIT %s
    ) AS changed
"""

ADD = """
    INSERT INTO klanten_plugin_sharedvalue (lookup, value)
    SELECT * FROM unnest(%s::text[], %s::text[]) RETURNING id
"""
