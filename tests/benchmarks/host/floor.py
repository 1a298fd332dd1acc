"""The minimum work that any implementation in this suite must do for a request.

The host's middleware and the suite's token check, one hand-written query that builds
the JSON in PostgreSQL, and the response. No rules, content negotiation, translation or
ETag.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt

from vng_api_common.constants import ComponentTypes

from klanten_plugin.api import scopes
from tests.benchmarks.host import sql

View = Callable[..., HttpResponse]


def with_scope(scope: Any) -> Callable[[View], View]:
    """Only accept tokens with the scope."""

    def decorator(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            jwt_auth: Any = request.jwt_auth  # type: ignore[attr-defined]
            if not jwt_auth.has_auth(scope, component=ComponentTypes.kc):
                return HttpResponseForbidden()
            return view(request, **kwargs)

        return csrf_exempt(checked)

    return decorator


def json_response(statement: str, parameters: list[Any]) -> HttpResponse:
    """Return the single value of the statement as the response."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    return HttpResponse(row[0] if row else "", content_type="application/json")


@with_scope(scopes.SCOPE_KLANTEN_LEZEN)
def token(request: HttpRequest) -> HttpResponse:
    """Only check the token."""
    return HttpResponse(b"{}", content_type="application/json")


@with_scope(scopes.SCOPE_KLANTEN_LEZEN)
def listing(request: HttpRequest) -> HttpResponse:
    """Return a page. The first parameter is the filter."""
    root = request.build_absolute_uri("/klanten/api/v1/klanten")
    for name, value in request.GET.items():
        return json_response(sql.page(sql.FILTERS[name]), [root, value, value])
    return json_response(sql.page(), [root])


@with_scope(scopes.SCOPE_KLANTEN_AANMAKEN)
def insert(request: HttpRequest) -> HttpResponse:
    """Store the body, without parsing it."""
    body = request.body.decode()
    return json_response(sql.INSERT, [body])


@csrf_exempt
def klanten(request: HttpRequest) -> HttpResponse:
    """The collection."""
    return insert(request) if request.method == "POST" else listing(request)


@with_scope(scopes.SCOPE_KLANTEN_LEZEN)
def klant(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A single klant."""
    root = request.build_absolute_uri("/klanten/api/v1/klanten")
    return json_response(sql.DETAIL, [root, uuid])


@with_scope(scopes.SCOPE_AUDITTRAILS_LEZEN)
def audittrail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The audit lines of one klant."""
    return json_response(sql.AUDIT_TRAIL, [str(uuid)])
