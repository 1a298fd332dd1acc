"""Checks of the database: vendor, migrations, replica and database objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Tags, register
from django.db import DatabaseError, connection, connections, router
from django.utils.translation import gettext as _

from ..conf import settings
from ..domain.database import find_faults, missing_tables, pending_migrations
from ..models import Klant
from .messages import found, host_check

POSTGRESQL = "postgresql"


@host_check
def check_vendor() -> Iterator[CheckMessage]:
    """Check that the database is PostgreSQL, which the suite and the plugin require."""
    if connection.vendor != POSTGRESQL:
        yield found("E005", database=connection.display_name)


@register(Tags.database, deploy=True)
def check_migrations(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check that all migrations of the plugin are applied; only with ``--deploy``."""
    count = len(pending_migrations()) if databases else 0
    return [found("W011", count=count)] if count else []


@host_check
def check_reads() -> Iterator[CheckMessage]:
    """Check that klanten are read from the database in which they are changed.

    The routers of the host are queried outside a GET request, as for a worker or a
    POST.
    """
    read, write = router.db_for_read(Klant), router.db_for_write(Klant)
    if read != write:
        yield found("W030", read=read, write=write)


@host_check
def check_replica() -> Iterator[CheckMessage]:
    """Check that the configured replica is a database with connection health checks."""
    alias = settings.REPLICA
    if not alias:
        return
    if alias not in connections:
        yield found("W031", alias=alias, problem=_("staat niet in DATABASES"))
    elif not connections[alias].settings_dict["CONN_HEALTH_CHECKS"]:
        problem = _("merkt niet dat een verbinding weg is")
        yield found("W031", alias=alias, problem=problem)


@register(Tags.database)
def check_objects(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check that tables, triggers, functions and indexes are those of this version.

    Skipped while there are unapplied migrations, which may create them.
    """
    if not databases or connection.vendor != POSTGRESQL or pending_migrations():
        return []
    try:
        if tables := missing_tables():
            return [found("W019", tables=", ".join(tables))]
        faults = find_faults()
    except DatabaseError:  # the doctor reports it
        return []
    return [found("W017", faults=", ".join(map(str, faults)))] if faults else []
