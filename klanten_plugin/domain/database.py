"""Compare the triggers, functions and indexes of a database with the code; repair them.

Objects that Django's migrations manage are left to ``migrate``. The others can be
missing or disabled after a partial restore, a bulk load without triggers, or on a
subscriber of logical replication, which applies changes without triggers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy

from ..findings import APP_LABEL
from ..models import Klant
from ..models.triggers import (
    INDEXES,
    creating_functions,
    creating_index,
    creating_trigger,
    functions,
    triggers,
)
from .klanten.bitmaps import rebuild
from .klanten.etags import forget_wrong_etags
from .klanten.pages import recount_klanten

LOCK_TIMEOUT = "5s"
"""How long the repair of triggers waits for a table lock, while others queue behind
it.
"""


class Defect(TextChoices):
    """Kinds of defects. The labels are for operators."""

    MISSING = "missing", gettext_lazy("ontbreekt")
    DISABLED = "disabled", gettext_lazy("staat uit")
    OUTDATED = "outdated", gettext_lazy("is van een andere versie")
    INVALID = "invalid", gettext_lazy("is niet af")


@dataclass(frozen=True)
class Fault:
    """A database object that differs from its definition in the code."""

    name: str
    defect: Defect

    def __str__(self) -> str:
        return f"{self.name} {self.defect.label}"


@dataclass(frozen=True)
class Mended:
    """The result of a repair: objects, the number of klanten, and wrong ETags."""

    faults: list[Fault]
    recounted: int
    etags: int


def missing_tables() -> list[str]:
    """Return the names of the plugin's tables that are missing in the database."""
    tables = set(connection.introspection.table_names())
    ours = Klant._meta.app_config.get_models()
    return [
        model._meta.db_table
        for model in ours
        if model._meta.managed
        and not model._meta.proxy
        and model._meta.db_table not in tables
    ]


def pending_migrations() -> list[str]:
    """Return the plugin's unapplied migrations; none without a database."""
    try:
        executor = MigrationExecutor(connection)
        targets = executor.loader.graph.leaf_nodes(APP_LABEL)
        plan = executor.migration_plan(targets)
    except DatabaseError:  # the doctor reports it
        return []
    return [
        migration.name
        for migration, _backwards in plan
        if migration.app_label == APP_LABEL
    ]


def find_faults() -> list[Fault]:
    """Return all differences. If tables are missing, only those are returned."""
    if missing := missing_tables():
        return [Fault(name, Defect.MISSING) for name in missing]
    return [*_functions(), *_triggers(), *_indexes()]


def mend_database(tick: Callable[[int], object]) -> Mended:
    """Repair everything that :func:`find_faults` finds, the counter and the ETags.

    Idempotent, and safe during requests. ``tick`` is called with the number of verified
    ETags. Raises ``LookupError`` if a table is missing: its rows must be restored from
    a backup.
    """
    if missing := missing_tables():
        raise LookupError(", ".join(missing))
    faults = find_faults()
    _mend_triggers(faults)
    _mend_indexes(faults)
    # after the triggers, so that later writes are recorded
    rebuild()
    return Mended(faults, recount_klanten(), forget_wrong_etags(tick))


FUNCTIONS = """
    SELECT proname, prosrc, coalesce(array_to_string(proconfig, ' '), '')
    FROM pg_proc
    WHERE proname = ANY(%s) AND pronamespace = (
        SELECT relnamespace FROM pg_class WHERE oid = 'klanten_plugin_klant'::regclass
    )
"""


def _functions() -> Iterator[Fault]:
    expected = functions()
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS, [list(expected)])
        found = {name: (source, config) for name, source, config in cursor.fetchall()}
    for name, body in expected.items():
        source, config = found.get(name, ("", ""))
        if name not in found:
            yield Fault(name, Defect.MISSING)
        elif source != body or "search_path=" not in config:
            yield Fault(name, Defect.OUTDATED)


TRIGGERS = """
    SELECT tgname, tgenabled, pg_get_triggerdef(pg_trigger.oid, true), nspname
    FROM pg_trigger
    JOIN pg_class ON pg_class.oid = tgrelid
    JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE tgname = ANY(%s) AND relnamespace = (
        SELECT relnamespace FROM pg_class WHERE oid = 'klanten_plugin_klant'::regclass
    )
"""
FIRES = ("O", "A")
"""Values of ``tgenabled`` of a trigger that fires in an ordinary session."""


def _triggers() -> Iterator[Fault]:
    expected = triggers()
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS, [[trigger.name for trigger in expected]])
        found = {
            name: (enabled, definition.replace(f"{schema}.", ""))
            for name, enabled, definition, schema in cursor.fetchall()
        }
    for trigger in expected:
        enabled, definition = found.get(trigger.name, ("", ""))
        if trigger.name not in found:
            yield Fault(trigger.name, Defect.MISSING)
        elif definition != trigger.definition:
            yield Fault(trigger.name, Defect.OUTDATED)
        elif enabled not in FIRES:
            yield Fault(trigger.name, Defect.DISABLED)


VALID_INDEXES = """
    SELECT relname, indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE relname = ANY(%s) AND pg_table_is_visible(pg_class.oid)
"""


def _indexes() -> Iterator[Fault]:
    with connection.cursor() as cursor:
        cursor.execute(VALID_INDEXES, [list(INDEXES)])
        is_valid: dict[str, bool] = dict(cursor.fetchall())
    for name in INDEXES:
        if name not in is_valid:
            yield Fault(name, Defect.MISSING)
        elif not is_valid[name]:
            yield Fault(name, Defect.INVALID)


def _mend_triggers(faults: list[Fault]) -> None:
    names = {fault.name for fault in faults}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
        if not names.isdisjoint(functions()):
            cursor.execute(creating_functions())
        for trigger in triggers():
            if trigger.name in names:
                cursor.execute(creating_trigger(trigger))


def _mend_indexes(faults: list[Fault]) -> None:
    for fault in faults:
        if fault.name not in INDEXES:
            continue
        with connection.cursor() as cursor:
            # concurrently, so that writers don't wait; not possible in a transaction
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {fault.name}")
            concurrently = creating_index(fault.name).replace(
                "CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1
            )
            cursor.execute(concurrently)
