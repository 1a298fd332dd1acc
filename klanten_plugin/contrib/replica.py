"""Read klanten from a replica of the database in GET and HEAD requests.

Configure the replica in ``DATABASES`` and ``KLANTEN_REPLICA``, the middleware first in
``MIDDLEWARE``, and the router in ``DATABASE_ROUTERS``. Other requests, workers and
commands read from the primary, because a change must read the rows that it locks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase

import structlog

from ..conf import settings
from ..findings import APP_LABEL

logger = structlog.stdlib.get_logger(__name__)

READS = frozenset({"GET", "HEAD"})
AWAY_SECONDS = 10.0
"""Seconds for which a process reads from the primary after the replica failed."""

_reads_only: ContextVar[bool] = ContextVar("klanten_reads_only", default=False)


class ReplicaMiddleware:
    """Enable reads of klanten from the replica during GET and HEAD requests."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = _reads_only.set(request.method in READS)
        try:
            return self.get_response(request)
        finally:
            _reads_only.reset(token)


class ReplicaRouter:
    """Route reads of klanten in GET and HEAD requests to the replica.

    Only for tables of this app: sessions, tokens and authorisations are read from the
    primary. If the replica is unreachable, reads use the primary.
    """

    away_until = 0.0

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        """Return the replica, or ``None`` to let the next router decide."""
        if not settings.REPLICA or not _reads_only.get():
            return None
        if model._meta.app_label != APP_LABEL or not self._is_there():
            return None
        return settings.REPLICA

    def db_for_write(self, model: type[Model], **hints: Any) -> str | None:
        """Return the primary for tables of this app."""
        return DEFAULT_DB_ALIAS if model._meta.app_label == APP_LABEL else None

    def allow_relation(self, obj1: Model, obj2: Model, **hints: Any) -> bool | None:
        """Allow relations between rows from the replica and the primary."""
        databases = {obj1._state.db, obj2._state.db} - {None}
        return True if databases <= {DEFAULT_DB_ALIAS, settings.REPLICA} else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """Disallow migrations of the replica, which replicates its primary."""
        return False if db == settings.REPLICA else None

    def _is_there(self) -> bool:
        """Whether the connection works, as far as Django's health check can tell.

        Without ``CONN_HEALTH_CHECKS`` for the replica, a lost persistent connection is
        only noticed by a failing query. A new connection is tested as well, because a
        pooler such as PgBouncer accepts clients while its server is down.
        """
        if time.monotonic() < self.away_until:
            return False
        connection = connections[settings.REPLICA]
        try:
            known = connection.connection
            connection.close_if_health_check_failed()
            connection.ensure_connection()
            if connection.connection is not known:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
        except Error as error:
            type(self).away_until = time.monotonic() + AWAY_SECONDS
            connection.close()
            logger.warning("replica_unreachable", error=type(error).__name__)
            return False
        return True
