"""The endpoints: JSON, and a status that tools understand."""

from __future__ import annotations

from http import HTTPStatus

from django.db import Error
from django.http import HttpRequest, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase

from .probes import BROKER, Outcome, everything, readiness

READING = ("GET", "HEAD")


def live(request: HttpRequest) -> HttpResponseBase:
    """200 as long as this process answers requests. Asks nothing of anything."""
    if request.method not in READING:
        return HttpResponseNotAllowed(READING)
    return _answer({}, is_well=True)


def ready(request: HttpRequest) -> HttpResponseBase:
    """503 where requests can't be answered now: database or migrations.

    The broker is reported and doesn't count: without it requests are answered as usual,
    and what follows them waits in the outbox.
    """
    if request.method not in READING:
        return HttpResponseNotAllowed(READING)
    needed = readiness()
    is_well = all(outcome.ok for outcome in needed.values())
    return _answer({**needed, "broker": BROKER.read()["broker"]}, is_well=is_well)


def overview(request: HttpRequest) -> HttpResponseBase:
    """503 where an operator should look at the installation, for monitoring."""
    if request.method not in READING:
        return HttpResponseNotAllowed(READING)
    try:
        found = everything()
    except Error as error:  # lost between two probes, or a table is gone
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
