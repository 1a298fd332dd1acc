"""Migrations create the schema that the code describes, and don't change afterwards."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection

import pytest

import klanten_plugin
from klanten_plugin.models import Klant, OutboxRow
from klanten_plugin.models.triggers import (
    INDEXES,
    creating_functions,
    creating_index,
    group_models,
    triggers,
)

FOLDER = Path(klanten_plugin.__file__).parent / "migrations"
MIGRATIONS = sorted(FOLDER.glob("[0-9]*.py"))

ANEW = "made_anew"

CATALOG = {
    "columns": """
        SELECT relname || '.' || attname, format_type(atttypid, atttypmod), attnotnull,
            attidentity::text, pg_get_expr(adbin, adrelid)
        FROM pg_attribute
        JOIN pg_class ON pg_class.oid = attrelid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relkind = 'r' AND relname LIKE 'klanten%%' AND attnum > 0
          AND NOT attisdropped AND relnamespace = %s::regnamespace
          -- the host's DEFAULT_AUTO_FIELD decides, in migrations alone (Django #32674)
          AND NOT (relname LIKE '%%\\_services' AND attname = 'id')
    """,
    "constraints": """
        SELECT conrelid::regclass::text || '.' || conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = %s::regnamespace
          AND conrelid::regclass::text LIKE '%%klanten_plugin%%'
    """,
    "indexes": """
        SELECT indexname, indexdef FROM pg_indexes
        WHERE indexname LIKE 'klanten%%' AND schemaname = %s
    """,
    "triggers": """
        SELECT tgname, pg_get_triggerdef(pg_trigger.oid), tgenabled::text
        FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE NOT tgisinternal AND tgname LIKE 'klanten%%'
          AND relnamespace = %s::regnamespace
    """,
    "functions": """
        SELECT proname, pg_get_functiondef(oid) FROM pg_proc
        WHERE proname LIKE 'klanten%%' AND pronamespace = %s::regnamespace
    """,
}


def catalog(schema: str) -> dict[str, dict[str, Any]]:
    """Return all our objects in a schema in PostgreSQL's notation, without its name."""
    found: dict[str, dict[str, Any]] = {}
    with connection.cursor() as cursor:
        for kind, query in CATALOG.items():
            cursor.execute(query, [schema])
            rows = [[_without(schema, value) for value in row] for row in cursor]
            found[kind] = {name: tuple(rest) for name, *rest in rows}
    return found


def _without(schema: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    for name in (schema, "public"):
        value = value.replace(f"{name}.", "").replace(f"'{name}'", "'schema'")
    return value


def creating_all() -> str:
    """Return the SQL that adds triggers and indexes to tables without them."""
    return "\n\n".join(
        [
            creating_functions(),
            *(f"{trigger.definition};" for trigger in triggers()),
            *(creating_index(name) for name in INDEXES),
        ]
    )


def make_anew(schema: str) -> None:
    """Create the tables from the models, and triggers from ``models/triggers.py``."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema}")
        cursor.execute(
            f"CREATE TABLE {schema}.audittrails_audittrail"
            " (LIKE public.audittrails_audittrail)"
        )
        cursor.execute(f"SET LOCAL search_path = {schema}, public")
        with connection.schema_editor() as editor:
            for model in apps.get_app_config("klanten_plugin").get_models():
                if model._meta.managed and not model._meta.proxy:
                    editor.create_model(model)
        cursor.execute(creating_all())
        cursor.execute("SET LOCAL search_path = public")


@pytest.mark.django_db
@pytest.mark.parametrize("kind", CATALOG)
def test_a_migrated_database_is_as_one_made_anew(kind: str) -> None:
    make_anew(ANEW)
    migrated, anew = catalog("public")[kind], catalog(ANEW)[kind]
    assert migrated
    assert migrated == anew


@pytest.mark.django_db
def test_a_table_that_grows_is_vacuumed_early() -> None:
    """Models can't declare storage parameters, so a new group could lack them."""
    grows = [Klant, *group_models(Klant), OutboxRow]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class"
            " WHERE 'autovacuum_vacuum_scale_factor=0.01' = ANY(reloptions)"
        )
        found = {name for (name,) in cursor.fetchall()}
    assert found == {model._meta.db_table for model in grows}


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.stem)
def test_a_migration_imports_nothing_that_can_change_it(path: Path) -> None:
    """Validators don't change the database, and the size of a bitmap stays 8192 bits.

    Django writes the path of both.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {
        alias.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    ours = {name for name in imported if name.startswith("klanten_plugin")}
    assert ours <= {"klanten_plugin.models.validators", "klanten_plugin.models.bits"}
