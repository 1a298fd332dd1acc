"""Storage parameters of the tables: settings of autovacuum, and statistics.

Models can't declare them, so like the triggers they are in the SQL of the migrations,
and a test keeps both in sync. An operator can change them: they are never compared with
a database.

By default PostgreSQL vacuums a table after a fifth of it has changed. Index-only scans
need the visibility map, in which a change marks the whole block of a klant as not
all-visible until the next vacuum. With the defaults and 4 % of a million klanten
changed, a third of the blocks is read unnecessarily.
"""

from __future__ import annotations

from django.db import models

from .klanten import Klant
from .outbox import OutboxRow
from .triggers import group_models

ROWS_OF_KLANTEN = {
    "autovacuum_vacuum_scale_factor": "0.01",
    "autovacuum_vacuum_insert_scale_factor": "0.01",
    "autovacuum_analyze_scale_factor": "0.02",
}
"""For tables that grow with the number of klanten, and change one row at a time."""

SHORT_LIVED_ROWS = {
    "autovacuum_vacuum_scale_factor": "0",
    "autovacuum_vacuum_threshold": "1000",
    "vacuum_index_cleanup": "on",
}
"""For tables with short-lived rows that every page reads.

By default, VACUUM skips the indexes of a table with few deleted rows, and leaves
pointers behind. One in the last block keeps the table as large as it was after a mass
change, and every page would read all its empty blocks.
"""


def storage_parameters() -> dict[str, dict[str, str]]:
    """Return the storage parameters by table name."""
    grows: list[type[models.Model]] = [Klant, *group_models(Klant), OutboxRow]
    return {
        **{model._meta.db_table: ROWS_OF_KLANTEN for model in grows},
        "klanten_plugin_klantcount": SHORT_LIVED_ROWS,
        "klanten_plugin_changedklant": SHORT_LIVED_ROWS,
        "klanten_plugin_klantbitmap": SHORT_LIVED_ROWS,
    }


STATISTICS = {
    # PostgreSQL ignores expression statistics of a partial index, and would estimate
    # that 0.5 % of all lines belong to one klant
    "klanten_audittrail_klant_stat": (
        "ON (right(hoofd_object, 36)) FROM audittrails_audittrail"
    ),
}
"""Extended statistics: by name, the rest of the ``CREATE STATISTICS`` statement."""


def creating_storage() -> str:
    """Return the SQL that sets the parameters and creates the statistics."""
    parameters = [
        f"ALTER TABLE {table} SET ({', '.join(map(' = '.join, values.items()))});"
        for table, values in storage_parameters().items()
    ]
    statistics = [
        f"CREATE STATISTICS {name} {definition};"
        for name, definition in STATISTICS.items()
    ]
    return "\n\n".join([*parameters, *statistics])
