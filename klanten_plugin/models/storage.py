"""How PostgreSQL looks after our tables: settings of autovacuum, and statistics.

Models can't declare them, so like the triggers they are in the SQL of the migrations,
and a test keeps both in sync. An operator may change them: what a database has is never
compared with them afterwards.

The defaults of PostgreSQL wait until a fifth of a table has changed. Counts and pages
are read from indexes alone only where a block is known to be visible to everyone, which
a change undoes for all klanten in the block and a vacuum restores: with 4 % of a million
klanten changed, the defaults let a third of the blocks be read for nothing.
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
"""Of tables that grow with the number of klanten, changed one row at a time."""

SHORT_LIVED_ROWS = {
    "autovacuum_vacuum_scale_factor": "0",
    "autovacuum_vacuum_threshold": "1000",
}
"""Of tables whose rows are written, read by every page, and deleted soon."""


def storage_parameters() -> dict[str, dict[str, str]]:
    """The storage parameters of each table, by its name."""
    grows: list[type[models.Model]] = [Klant, *group_models(Klant), OutboxRow]
    return {
        **{model._meta.db_table: ROWS_OF_KLANTEN for model in grows},
        "klanten_plugin_klantcount": SHORT_LIVED_ROWS,
        "klanten_plugin_changedklant": SHORT_LIVED_ROWS,
        "klanten_plugin_klantbitmap": SHORT_LIVED_ROWS,
    }


STATISTICS = {
    # of an index that has a condition, PostgreSQL doesn't use the statistics of the
    # expression: it then takes a two hundredth of all lines to be those of one klant
    "klanten_audittrail_klant_stat": (
        "ON (right(hoofd_object, 36)) FROM audittrails_audittrail"
    ),
}
"""Statistics on expressions: by their name, what follows it in ``CREATE STATISTICS``."""


def creating_storage() -> str:
    """The SQL that sets the parameters and creates the statistics."""
    parameters = [
        f"ALTER TABLE {table} SET ({', '.join(map(' = '.join, values.items()))});"
        for table, values in storage_parameters().items()
    ]
    statistics = [
        f"CREATE STATISTICS {name} {definition};"
        for name, definition in STATISTICS.items()
    ]
    return "\n\n".join([*parameters, *statistics])
