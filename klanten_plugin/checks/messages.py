"""Messages of system checks, from the list of findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.core.checks import (
    ERROR,
    WARNING,
    CheckMessage,
    Tags,
    register,
)
from django.db import DatabaseError, connection
from django.db.models import Model

from zgw_consumers.models import Service

from ..domain.database import missing_tables
from ..findings import APP_LABEL, KINDS

Check = Callable[[], Iterator[CheckMessage]]


def found(code: str, **values: Any) -> CheckMessage:
    """Return the message of a finding, such as ``found("W010", setting=name)``."""
    what, why, mend = KINDS[code].texts(values)
    level = ERROR if code.startswith("E") else WARNING
    return CheckMessage(level, f"{what} {why}", mend, id=f"{APP_LABEL}.{code}")


def host_check(check: Check) -> Check:
    """Register a check that doesn't query the database."""

    def run(**kwargs: Any) -> list[CheckMessage]:
        return list(check())

    register(run)
    return check


def database_check(check: Check) -> Check:
    """Register a check that queries the database.

    It is skipped before ``migrate``, without a database, and while a table of the
    plugin is missing, which other checks and the doctor report.
    """

    def run(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
        return list(check()) if databases and has_all_tables() else []

    register(run, Tags.database)
    return check


def has_all_tables() -> bool:
    """Whether all tables of the plugin and the table of services exist."""
    try:
        return not missing_tables() and is_migrated(Service)
    except DatabaseError:  # the doctor reports it
        return False


def is_migrated(model: type[Model]) -> bool:
    """Whether the table of this model of the host exists."""
    return model._meta.db_table in connection.introspection.table_names()
