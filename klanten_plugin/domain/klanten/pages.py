"""Which klanten are on a page, and how many there are in all?

Only the keys are looked for, in the narrow indexes: the wide rows are read afterwards,
those of the page alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, connections, models, router, transaction

from ...models import Klant
from ...models.groups import owned_groups
from ...models.triggers import COMPACT

Lookups = Mapping[str, str]
"""Values that klanten must have: by the name of a field, or of a group and its field."""


@dataclass(frozen=True)
class Found:
    """The keys of the klanten on a page, and the exact number on all pages."""

    count: int
    pks: list[int]


def find_klanten(lookups: Lookups, start: int, size: int) -> Found:
    """The ``size`` klanten behind the first ``start`` that have these values."""
    if not lookups:
        count, pks = _fetch(ALL, {"start": start, "size": size})[0]
        return Found(count, sorted(pks))
    key, conditions = _conditions(lookups)
    page = f"SELECT {key} {conditions} ORDER BY 1 LIMIT %s OFFSET %s"
    rows = _fetch(page, [*lookups.values(), size + 1, start])
    pks = [pk for (pk,) in rows]
    if len(pks) <= size and (pks or not start):  # the last page: it says how many
        return Found(start + len(pks), pks)
    return Found(count_klanten(lookups), pks[:size])


def count_klanten(lookups: Lookups) -> int:
    """How many klanten have these values."""
    if not lookups:
        return int(_fetch(COUNT, [])[0][0])
    _key, conditions = _conditions(lookups)
    return int(_fetch(f"SELECT count(*) {conditions}", [*lookups.values()])[0][0])


# Counting a million rows takes longer than all the rest of a page. So triggers keep what
# every statement changed of their number: the sum is exact for every reader, also for
# one beside changes that aren't committed, and nobody waits for anybody.
COUNT = (
    "SELECT coalesce(sum(change), 0)::bigint AS count FROM klanten_plugin_klantcount"
)

# Pages of the second half are counted from the end: an OFFSET is read and thrown away.
# In the same statement as the number of klanten, so that one that comes in between
# doesn't shift the page.
ALL = f"""
    SELECT total.count, CASE WHEN %(start)s * 2 <= total.count THEN ARRAY(
        SELECT id FROM klanten_plugin_klant
        ORDER BY id OFFSET %(start)s LIMIT %(size)s
    ) ELSE ARRAY(
        SELECT id FROM klanten_plugin_klant
        ORDER BY id DESC
        OFFSET greatest(total.count - %(start)s - %(size)s, 0)
        LIMIT greatest(least(%(size)s, total.count - %(start)s), 0)
    ) END
    FROM ({COUNT}) AS total
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


def _conditions(lookups: Lookups) -> tuple[str, str]:
    """The key of the klant in, and the text of, what follows the list of columns.

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
    compared = [f"{_column(name)} = %s" for name in lookups]
    return key, f"FROM {' JOIN '.join(tables)} WHERE {' AND '.join(compared)}"


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
