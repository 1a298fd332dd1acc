"""The health endpoints."""

from __future__ import annotations

from http import HTTPStatus

from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from .probes import BROKER, Outcome, everything, readiness


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Return 200 as long as this process handles requests, without any dependencies."""
    return _answer({}, is_well=True)


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Return 503 if the database or its migrations aren't in order.

    The broker is reported but not required: without it requests are served as usual,
    and later work waits in the outbox.
    """
    needed = readiness()
    is_well = all(outcome.ok for outcome in needed.values())
    return _answer({**needed, "broker": BROKER.read()["broker"]}, is_well=is_well)


@require_safe
def overview(request: HttpRequest) -> JsonResponse:
    """Return 503 if an operator should investigate, for monitoring."""
    try:
        found = everything()
    except Error as error:  # connection lost between two probes, or a missing table
        found = {"database": Outcome.failed(error)}
    is_well = all(outcome.ok is not False for outcome in found.values())
    return _answer(found, is_well=is_well)


def _answer(found: dict[str, Outcome], *, is_well: bool) -> JsonResponse:
    body = {
        "status": "ok" if is_well else "error",
        "checks": {name: outcome.as_dict() for name, outcome in found.items()},
    }
    code = HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse(body, status=code, headers={"Cache-Control": "no-store"})
