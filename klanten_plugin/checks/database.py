"""Is the database one that can hold this, and is everything in it?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import (
    CheckMessage,
    Error,
    Tags,
    Warning as CheckWarning,
    register,
)
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model

APP_LABEL = "klanten_plugin"
POSTGRESQL = "postgresql"


@register()
def check_vendor(**kwargs: Any) -> list[CheckMessage]:
    """The tables of the suite, and ours, need PostgreSQL."""
    if connection.vendor == POSTGRESQL:
        return []
    return [
        Error(
            f"De database is {connection.display_name}.",
            hint="Gebruik PostgreSQL: de tabellen van de suite kunnen niet zonder.",
            id="klanten_plugin.E005",
        )
    ]


@register(Tags.database, deploy=True)
def check_migrations(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Every migration of ours is done; only asked on deploying, not by ``migrate``."""
    count = len(pending_migrations()) if databases else 0
    if not count:
        return []
    return [
        CheckWarning(
            f"Migraties die nog niet gedaan zijn: {count}.",
            hint="Draai `manage.py migrate`.",
            id="klanten_plugin.W011",
        )
    ]


def pending_migrations() -> list[str]:
    """The names of our migrations that must still be done; none without a database."""
    try:
        executor = MigrationExecutor(connection)
        targets = [
            node for node in executor.loader.graph.leaf_nodes() if node[0] == APP_LABEL
        ]
        plan = executor.migration_plan(targets)
    except DatabaseError:  # the doctor says more about that
        return []
    return [
        migration.name
        for migration, _backwards in plan
        if migration.app_label == APP_LABEL
    ]


def is_migrated(model: type[Model]) -> bool:
    """Whether its table is there: these checks run before each ``migrate``, too."""
    try:
        return model._meta.db_table in connection.introspection.table_names()
    except DatabaseError:  # nor is the database
        return False
