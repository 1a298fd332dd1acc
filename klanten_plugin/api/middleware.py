"""Middleware for the ``API-version`` header and the format of errors."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import NoReverseMatch
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from ..conf import host_settings
from ..constants import API_VERSION, LANGUAGE
from .paths import path_of
from .request_metrics import record
from .warming import warm_up

VERSION_HEADER = "API-version"
PROBLEM = "application/problem+json"

TEXTS = {
    HTTPStatus.BAD_REQUEST: (
        "parse_error",
        _(
            "Het verzoek is geweigerd voordat het gelezen werd, bijvoorbeeld om zijn "
            "hostnaam of het aantal parameters."
        ),
    ),
    HTTPStatus.FORBIDDEN: ("permission_denied", _("Het verzoek is niet toegestaan.")),
    HTTPStatus.NOT_FOUND: ("not_found", _("Niet gevonden.")),
}
"""Code and detail of errors that don't come from a view."""
REFUSED = ("error", _("Het verzoek is geweigerd."))
FAILED = ("error", _("De server kon het verzoek niet afhandelen."))


class APIVersionMiddleware:
    """Set ``API-version`` under the plugin's URLs, and convert errors.

    It must be the outermost middleware, because the suite's overwrites the header with
    the version of its host, and because errors that don't come from a view, such as a
    refused host name, are HTML.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        # servers load middleware when a process starts; commands don't
        warm_up()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        begun = time.perf_counter()
        response = self.get_response(request)
        root = _root()
        if root is None:
            return response
        if request.path == root.rstrip("/") and _is_not_there(response, root):
            response = _problem(request, HTTPStatus.NOT_FOUND)
        elif not request.path.startswith(root):
            return response
        elif _is_foreign_error(response):
            response = _problem(request, response.status_code, response)
        response[VERSION_HEADER] = API_VERSION
        if response.status_code == HTTPStatus.NOT_MODIFIED:
            # Django's CommonMiddleware sets 0, but it must be that of a 200 (RFC 9110,
            # 8.6)
            del response["Content-Length"]
        record(request, response, time.perf_counter() - begun)
        return response


def _root() -> str | None:
    """Return the path of the API, or ``None`` if it isn't in the current urlconf."""
    try:
        return path_of("klanten-api-root")
    except NoReverseMatch:
        return None


def _is_not_there(response: HttpResponseBase, root: str) -> bool:
    """Return whether the root without its slash is a 404, or redirects to the root."""
    location = urlsplit(response.headers.get("Location", "")).path
    return response.status_code == HTTPStatus.NOT_FOUND or location == root


def _is_foreign_error(response: HttpResponseBase) -> bool:
    """Return whether it is an error in another format. Always false with ``DEBUG``."""
    return (
        response.status_code >= HTTPStatus.BAD_REQUEST
        and response.headers.get("Content-Type") != PROBLEM
        and not host_settings.DEBUG
    )


def _problem(
    request: HttpRequest, status: int, instead_of: HttpResponseBase | None = None
) -> HttpResponse:
    """Return an error in the suite's format, with the headers of the replaced response.

    Built without the suite, whose errors need an absolute URL, which a request with a
    refused host name doesn't have.
    """
    is_ours = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    code, detail = TEXTS.get(HTTPStatus(status), FAILED if is_ours else REFUSED)
    with translation.override(LANGUAGE):
        body: dict[str, Any] = {
            "type": "about:blank",
            "code": code,
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": str(detail),
            "instance": f"urn:uuid:{uuid.uuid4()}",
        }
    if status == HTTPStatus.BAD_REQUEST:
        body["invalidParams"] = []
    content = json.dumps(body).encode()
    headers = dict(instead_of.headers) if instead_of else {}
    headers |= {"Content-Type": PROBLEM, "Content-Length": str(len(content))}
    if request.method == "HEAD":
        content = b""
    response = HttpResponse(content, status=status, headers=headers)
    if instead_of:
        response.cookies = instead_of.cookies
    return response
