"""Keep the bitmaps of values that very many klanten share.

A value gets bitmaps when PostgreSQL's statistics say that at least :data:`MANY` klanten
have it. Which klanten do is then exact for every reader, whatever the age of the
bitmaps: triggers write down each klant that changes, in the transaction that changes
it, and :mod:`.shared_values` looks at those klanten themselves. Here the bitmaps catch
up with these klanten. Writers wait for nothing, and no klant is locked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, models, transaction

from ...models import Klant
from ...models.bits import BLOCK
from ...models.groups import owned_groups

MANY = 5_000
"""Klanten that share a value that gets bitmaps; it loses them below half of that."""

MOST_VALUES = 200
"""Values with bitmaps at most: each costs a byte for eight klanten."""

REBUILT = 50_000
"""With more changed klanten it is quicker to make the bitmaps anew."""

SPAN = 16 * BLOCK
"""Keys of klanten that one statement makes bitmaps of."""

LOCK = "hashtextextended('klanten_plugin.bitmaps', 0)"
"""SQL for the advisory lock of who changes the bitmaps."""

NOTHING = f"0::bit({BLOCK})"
"""SQL for a bitmap without klanten, which PostgreSQL works out once in a statement."""


def as_bits(key: str) -> str:
    """SQL of an aggregate: the bitmap of these klanten, which are all of one block."""
    return f"bit_or(set_bit({NOTHING}, mod({key}, {BLOCK})::int, 1))"


def catch_up() -> int:
    """Bring the bitmaps up to date; how many changes of klanten that took.

    Idempotent. Does nothing while another process does the same.
    """
    with _transaction() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_xact_lock({LOCK})")
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(CHANGES, [REBUILT])
        changes = int(cursor.fetchone()[0])
        if changes >= REBUILT:
            return _make_anew(cursor)
        cursor.execute(_statements().fold)
        _choose_values(cursor)
    return changes


def rebuild() -> None:
    """Make all bitmaps anew, as after rows that changed past the triggers."""
    with _transaction() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
        _make_anew(cursor)


@contextmanager
def _transaction() -> Iterator[Any]:
    """A cursor whose statements each see what is there by then, in any host."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if is_outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        # compiling these long statements takes longer than a few changed klanten
        cursor.execute("SET LOCAL jit = off")
        yield cursor


def _make_anew(cursor: Any) -> int:
    # Klanten that change after this statement are written down after it, too: what is
    # read below may be older or newer than that.
    cursor.execute("DELETE FROM klanten_plugin_changedklant")
    changes = int(cursor.rowcount)
    cursor.execute("DELETE FROM klanten_plugin_klantbitmap")
    cursor.execute("DELETE FROM klanten_plugin_sharedvalue")
    _choose_values(cursor)
    return changes


def _choose_values(cursor: Any) -> None:
    """Add the values that have become common, remove those that no longer are."""
    cursor.execute("SELECT lookup, value, id FROM klanten_plugin_sharedvalue")
    there = {(lookup, value): pk for lookup, value, pk in cursor.fetchall()}
    cursor.execute(_statements().common, {"least": MANY / 2, "most": MOST_VALUES})
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
        cursor.execute(_statements().make, span)


LOOKUPS = (
    "bronorganisatie",
    "klantnummer",
    "bedrijfsnaam",
    "functie",
    "achternaam",
    "telefoonnummer",
    "emailadres",
    "subject",
    "subject_type",
    "adres__straatnaam",
    "adres__postcode",
    "adres__woonplaatsnaam",
    "adres__landcode",
    "subject_natuurlijk_persoon__inp_bsn",
    "subject_natuurlijk_persoon__anp_identificatie",
    "subject_natuurlijk_persoon__inp_a_nummer",
    "subject_niet_natuurlijk_persoon__inn_nnp_id",
    "subject_niet_natuurlijk_persoon__ann_identificatie",
    "subject_vestiging__vestigings_nummer",
)
"""Fields that klanten are found by: those of the filters of the API."""


def column_of(lookup: str) -> tuple[str, str, str]:
    """The table of a lookup, its column, and the column with the key of the klant."""
    accessor, _separator, name = lookup.rpartition("__")
    model: type[models.Model] = owned_groups(Klant)[accessor] if accessor else Klant
    field: Any = model._meta.get_field(name)
    return model._meta.db_table, field.column, "klant_id" if accessor else "id"


def _holders(condition: str) -> str:
    """SQL for each value and each klant that has it, of klanten with this condition.

    Compared with the value and nothing: otherwise the planner takes the index on it,
    expects few klanten, and reads the very many that share the value.
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


def _common_values() -> str:
    """SQL for the values that many klanten have, by the statistics, and how many."""
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


@dataclass(frozen=True)
class Statements:
    """The text of what is executed, made once from the models."""

    common: str
    make: str
    fold: str


@cache
def _statements() -> Statements:
    """Made at the first use: the models must all be there."""
    holders = _holders("BETWEEN %(first)s AND %(last)s")
    make = f"""
        INSERT INTO klanten_plugin_klantbitmap (value_id, block, bits)
        SELECT value_id, klant_id / {BLOCK}, {as_bits("klant_id")}
        FROM ({holders}) AS holder WHERE value_id = ANY(%(values)s) GROUP BY 1, 2
    """  # noqa: S608 - of names
    fold = f"""
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
    return Statements(_common_values(), make, fold)


CHANGES = """
    SELECT count(*) FROM (
        SELECT 1 FROM klanten_plugin_changedklant LIMIT %s
    ) AS changed
"""

ADD = """
    INSERT INTO klanten_plugin_sharedvalue (lookup, value)
    SELECT * FROM unnest(%s::text[], %s::text[]) RETURNING id
"""
