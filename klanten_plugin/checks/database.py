"""Is the database one that can hold this, and is everything in it?"""

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
    """The tables of the suite, and ours, need PostgreSQL."""
    if connection.vendor != POSTGRESQL:
        yield found("E005", database=connection.display_name)


@register(Tags.database, deploy=True)
def check_migrations(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Every migration of ours is done; only asked on deploying, not by ``migrate``."""
    count = len(pending_migrations()) if databases else 0
    return [found("W011", count=count)] if count else []


@host_check
def check_reads() -> Iterator[CheckMessage]:
    """Where a klant is changed, it is read where it is locked.

    Asked of the host's routers as a worker or a POST would ask them, outside any GET.
    """
    read, write = router.db_for_read(Klant), router.db_for_write(Klant)
    if read != write:
        yield found("W030", read=read, write=write)


@host_check
def check_replica() -> Iterator[CheckMessage]:
    """The replica that is named is a database, and a lost connection with it is noticed."""
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
    """Tables, triggers, functions and indexes are there, enabled and of this version.

    Not asked while there are migrations to do, which may bring them.
    """
    if not databases or connection.vendor != POSTGRESQL or pending_migrations():
        return []
    try:
        if tables := missing_tables():
            return [found("W019", tables=", ".join(tables))]
        faults = find_faults()
    except DatabaseError:  # the doctor says more about that
        return []
    return [found("W017", faults=", ".join(map(str, faults)))] if faults else []
