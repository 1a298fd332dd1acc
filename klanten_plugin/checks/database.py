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
from django.db import DatabaseError, connection, connections, router
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model
from django.utils.translation import gettext as _

from ..conf import settings
from ..domain.database import find_faults
from ..models import Klant

APP_LABEL = "klanten_plugin"
POSTGRESQL = "postgresql"


@register()
def check_vendor(**kwargs: Any) -> list[CheckMessage]:
    """The tables of the suite, and ours, need PostgreSQL."""
    if connection.vendor == POSTGRESQL:
        return []
    return [
        Error(
            _("De database is {display_name}.").format(
                display_name=connection.display_name
            ),
            hint=_("Gebruik PostgreSQL: de tabellen van de suite kunnen niet zonder."),
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
            _("Migraties die nog niet gedaan zijn: {count}.").format(count=count),
            hint=_("Draai `manage.py migrate`."),
            id="klanten_plugin.W011",
        )
    ]


@register()
def check_reads(**kwargs: Any) -> list[CheckMessage]:
    """Where a klant is changed, it is read where it is locked.

    Asked of the host's routers as a worker or a POST would ask them, outside any GET.
    """
    read, write = router.db_for_read(Klant), router.db_for_write(Klant)
    if read == write:
        return []
    return [
        CheckWarning(
            _(
                "Een DATABASE_ROUTERS leest klanten uit `{read}`, ook bij een "
                "wijziging, en schrijft ze in `{write}`."
            ).format(read=read, write=write),
            hint=_(
                "Gebruik klanten_plugin.contrib.replica, die alleen bij GET en HEAD uit "
                "een replica leest."
            ),
            id="klanten_plugin.W030",
        )
    ]


@register()
def check_replica(**kwargs: Any) -> list[CheckMessage]:
    """The replica that is named is a database, and a lost connection with it is noticed."""
    alias = settings.REPLICA
    if not alias:
        return []
    if alias not in connections:
        problem = _(
            "KLANTEN_REPLICA noemt `{alias}`, en DATABASES heeft die niet."
        ).format(alias=alias)
        hint = _("Voeg de replica toe aan DATABASES, of maak KLANTEN_REPLICA leeg.")
    elif not connections[alias].settings_dict["CONN_HEALTH_CHECKS"]:
        problem = _(
            "Van database `{alias}` wordt niet gemerkt dat een verbinding weg is."
        ).format(alias=alias)
        hint = _("Zet CONN_HEALTH_CHECKS aan voor `{alias}` in DATABASES.").format(
            alias=alias
        )
    else:
        return []
    return [CheckWarning(problem, hint=hint, id="klanten_plugin.W031")]


@register(Tags.database)
def check_triggers(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Triggers, functions and indexes are there, enabled and of this version.

    Not asked while there are migrations to do, which may bring them.
    """
    if not databases or connection.vendor != POSTGRESQL or pending_migrations():
        return []
    try:
        faults = find_faults()
    except DatabaseError:  # the doctor says more about that
        return []
    if not faults:
        return []
    return [
        CheckWarning(
            _("In de database: {join}.").format(join=", ".join(map(str, faults))),
            hint=_("Draai `manage.py klanten_database --mend`."),
            id="klanten_plugin.W017",
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
