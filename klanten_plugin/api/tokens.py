"""Check a token with one query, instead of three or more by the suite's own check.

Only acceptance is decided here. All other cases (an unknown client, a wrong signature,
an expired token, claims of the wrong type, no application) are left to the suite's own
check, so that refusals have the suite's reason, code and log line. With
``KLANTEN_TOKEN_QUERY = False`` the suite checks all tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connections, router

import jwt
from vng_api_common.authorizations.middleware import JWTAuth
from vng_api_common.authorizations.models import Applicatie, Autorisatie
from vng_api_common.constants import ComponentTypes
from vng_api_common.models import JWTSecret

from ..conf import host_settings, settings

T = TypeVar("T")

ALGORITHMS = ["HS256"]
VERIFY = {"require": ["iat"], "verify_iat": False}
"""The suite's options of verification; its ``_check_jwt_expiry`` checks ``iat``."""


@dataclass(frozen=True)
class Application:
    """The data of an ``Applicatie`` of the suite that a request needs."""

    uuid: UUID
    label: str
    has_all: bool
    scopes: tuple[str, ...]
    """Scopes of its authorisations on component ``kc``."""


def accept_token(jwt_auth: Any) -> list[Application] | None:
    """Return the applications of a valid token, or ``None`` to use the suite's check.

    ``jwt_auth`` is the object that the suite's middleware created from the
    ``Authorization`` header. The payload of an accepted token is cached on it, as in
    the suite's own check, so that it isn't verified twice. Raises the exceptions of
    ``JWTAuth._check_jwt_expiry``.
    """
    is_the_suites = type(jwt_auth) is JWTAuth and bool(jwt_auth.encoded)
    if not (is_the_suites and settings.TOKEN_QUERY):
        return None
    client_id = _claimed_client(jwt_auth.encoded)
    secret, applications = _find(client_id) if client_id else ("", [])
    payload = _decoded(jwt_auth.encoded, secret, VERIFY) if applications else None
    if payload is None:
        return None
    jwt_auth._check_jwt_expiry(payload)  # noqa: SLF001 - reuse the suite's rule
    jwt_auth._payload = payload  # noqa: SLF001 - cached as by the suite
    return applications


def _claimed_client(encoded: str) -> str | None:
    """Return the client in the token, before verification."""
    payload = _decoded(encoded, "", {"verify_signature": False})
    client_id = payload.get("client_id") if payload else None
    is_storable = isinstance(client_id, str) and client_id.isprintable()
    return client_id if is_storable else None


def _decoded(encoded: str, secret: str, options: Any) -> dict[str, Any] | None:
    """Return the payload of a token, or ``None`` if PyJWT refuses it."""
    try:
        payload: dict[str, Any] = jwt.decode(
            encoded,
            secret,
            algorithms=ALGORITHMS,
            leeway=host_settings.TIME_LEEWAY,
            options=options,
        )
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return payload


def _find(client_id: str) -> tuple[str, list[Application]]:
    """Return the secret and the applications of a client."""
    alias = router.db_for_read(JWTSecret)
    rows = _first_query(alias, lambda cursor: _rows(cursor, client_id))
    return (rows[0][0] if rows else ""), [
        Application(uuid, label, has_all, tuple(scopes or ()))
        for _secret, uuid, label, has_all, scopes in rows
    ]


def _rows(cursor: Any, client_id: str) -> Sequence[Any]:
    cursor.execute(_statement(), [ComponentTypes.kc.value, [client_id], client_id])
    rows: Sequence[Any] = cursor.fetchall()
    return rows


@cache
def _statement() -> str:
    """Return the query, which gives a row for each application of the client."""
    names = {
        "secret": JWTSecret._meta.db_table,
        "applicatie": Applicatie._meta.db_table,
        "autorisatie": Autorisatie._meta.db_table,
    }
    return """
        SELECT client.secret, applicatie.uuid, applicatie.label,
               applicatie.heeft_alle_autorisaties,
               (SELECT array_agg(scope)
                FROM "{autorisatie}" AS autorisatie, unnest(autorisatie.scopes) AS scope
                WHERE autorisatie.applicatie_id = applicatie.id
                  AND autorisatie.component = %s)
        FROM "{secret}" AS client
        JOIN "{applicatie}" AS applicatie
          ON applicatie.client_ids @> %s::varchar(50)[]
        WHERE client.identifier = %s AND client.secret <> ''
        ORDER BY applicatie.id
    """.format(**names)  # noqa: S608 - names of the suite's own tables


def _first_query(alias: str, read: Callable[[Any], T]) -> T:
    """Execute the first query of a request, which replaces Django's health check.

    With ``CONN_HEALTH_CHECKS``, Django's health check of a persistent connection would
    take an extra round trip. If the connection was lost, for example by a restart of
    PostgreSQL, this query fails and is repeated on a new connection. It is read-only
    and outside any transaction, so repeating it is safe.
    """
    connection: Any = connections[alias]  # the stubs lack its health check
    is_kept = connection.connection is not None and not connection.in_atomic_block
    if not (is_kept and connection.health_check_enabled):
        with connection.cursor() as cursor:
            return read(cursor)
    connection.health_check_done = True
    try:
        with connection.cursor() as cursor:
            return read(cursor)
    except (OperationalError, InterfaceError):
        connection.close()
        with connection.cursor() as cursor:
            return read(cursor)
