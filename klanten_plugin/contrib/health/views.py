"""The health endpoints."""

from __future__ import annotations

from http import HTTPStatus

from django.db import Error
from django.http import HttpRequest, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase

from .probes import BROKER, Outcome, everything, readiness

READING = ("GET", "HEAD")


def live(request: HttpRequest) -> HttpResponseBase:
    """Return 200 as long as this process handles requests, without any dependencies."""
    if request.method not in READING:
        return HttpResponseNotAllowed(READING)
    return _answer({}, is_well=True)


def ready(request: HttpRequest) -> HttpResponseBase:
    """Return 503 if the database or its migrations aren't in order.

    The broker is reported but not required: without it requests are served as usual,
    and later work waits in the outbox.
    """
    if request.method not in READING:
        return HttpResponseNotAllowed(READING)
    needed = readiness()
    is_well = all(outcome.ok for outcome in needed.values())
    return _answer({**needed, "broker": BROKER.read()["broker"]}, is_well=is_well)


def overview(request: HttpRequest) -> HttpResponseBase:
    """Return 503 if an operator should investigate, for monitoring."""
    if request.method not in READING:
        return HttpResponseNotAllowed(READING)
    try:
        found = everything()
    except Error as error:  # connection lost between two probes, or a missing table
        name = {"error": type(error).__name__}
        found = {"database": Outcome(ok=False, numbers=name)}
    is_well = all(outcome.ok is not False for outcome in found.values())
    return _answer(found, is_well=is_well)


def _answer(found: dict[str, Outcome], *, is_well: bool) -> JsonResponse:
    body = {
        "status": "ok" if is_well else "error",
        "checks": {name: outcome.as_dict() for name, outcome in found.items()},
    }
    code = HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse(body, status=code, headers={"Cache-Control": "no-store"})
