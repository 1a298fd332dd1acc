"""The settings under test, in a host that fails on request."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from tests.served.server import SETTINGS_UNDER_TEST

MIDDLEWARE: list[str] = []

_under_test = import_module(os.environ[SETTINGS_UNDER_TEST])
globals().update(
    {name: value for name, value in vars(_under_test).items() if name.isupper()}
)
MIDDLEWARE = [*MIDDLEWARE, "tests.hosts.crashing.Crash"]


class Crash:
    """The innermost middleware, in the place of a view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        views: dict[str, Callable[[HttpRequest], HttpResponse]] = {
            "/crash": crash,
            "/counted": counted,
            "/named": named,
        }
        view: Any = views.get(request.path, self.get_response)
        return view(request)


def crash(request: HttpRequest) -> HttpResponse:
    """Cause a 500: the exception and a variable contain the query."""
    bsn = request.GET["bsn"]
    try:
        return HttpResponse(str(int(f"{bsn}?")))
    except ValueError as error:
        raise RuntimeError(f"no klant with {bsn}") from error


def counted(request: HttpRequest) -> HttpResponse:
    """Raise TooManyFieldsSent if there are more parameters than Django accepts."""
    return HttpResponse(str(len(request.GET)))


def named(request: HttpRequest) -> HttpResponse:
    """Raise DisallowedHost if the request is for a name that isn't the host's."""
    return HttpResponse(request.get_host())
