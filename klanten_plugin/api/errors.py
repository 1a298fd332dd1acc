"""Errors in the suite's format, with the field names of the official document."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import (
    BadRequest,
    DisallowedHost,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rest_framework import status
from rest_framework.exceptions import NotFound, ParseError, ValidationError
from rest_framework.response import Response
from rest_framework.settings import api_settings
from vng_api_common.exception_handling import ERROR_CONTENT_TYPE, exception_handler
from vng_api_common.exceptions import Conflict

from ..domain.klanten.addresses import published
from ..domain.klanten.representation import api_name
from ..exceptions import NumbersExhausted, RuleViolation
from ..models import Klant
from .bodies import OWN_ERRORS, BodyTooLarge
from .filters import PARAMETERS


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the suite's response to ``error``, also for exceptions of the plugin.

    Unlike the suite's own handler, the spelling of names doesn't depend on the host.
    """
    error = _translate(error)
    has_host = _has_valid_host(context["request"])
    # the `type` is absolute, unless the host name of the request is refused
    where = context if has_host else {**context, "request": None}
    response: Response | None = exception_handler(error, where)
    if response is None:
        return None
    name = type(error).__name__
    if has_host and OWN_ERRORS.get(name) is type(error):
        root = context["view"].collection_url.removesuffix("klanten")
        response.data["type"] = f"{root}schema/fouten/{name}"
    elif link := response.data.get("type"):
        response.data["type"] = published(link)
    # rendering would override a header, but not this attribute
    response.content_type = ERROR_CONTENT_TYPE
    params = response.data.pop("invalid_params", None)
    if params is None and response.status_code == status.HTTP_400_BAD_REQUEST:
        params = []  # for example malformed JSON: the document requires the list
    if params is not None:
        response.data["invalidParams"] = [_respell(param) for param in params]
    return response


def _translate(error: Exception) -> Exception:
    if isinstance(error, RuleViolation):
        field = error.field or api_settings.NON_FIELD_ERRORS_KEY
        return ValidationError({field: error.message}, code=error.code)
    if isinstance(error, NumbersExhausted):
        message = (
            "Voor deze bronorganisatie zijn geen klantnummers meer te geven. "
            "Stuur een eigen klantnummer mee."
        )
        conflict: Exception = Conflict(message, code="klantnummers-uitgeput")
        return conflict
    if isinstance(error, Klant.DoesNotExist):
        return NotFound()
    return _of_django(error)


def _of_django(error: Exception) -> Exception:
    """Convert an exception of Django's request handling to an error of the API."""
    if isinstance(error, RequestDataTooBig):
        return BodyTooLarge()
    for kind, message in REFUSED_BY_DJANGO.items():
        if isinstance(error, kind):
            return ParseError(message)
    return error


REFUSED_BY_DJANGO: dict[type[Exception], Any] = {
    TooManyFieldsSent: _("Het verzoek heeft te veel parameters."),
    DisallowedHost: _("De hostnaam van het verzoek is niet toegestaan."),
    SuspiciousOperation: _("Het verzoek is niet toegestaan."),
    BadRequest: _("Het verzoek is niet toegestaan."),
}
"""Subclasses before their base class."""


def _has_valid_host(request: HttpRequest) -> bool:
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True


def _respell(param: dict[str, Any]) -> dict[str, Any]:
    name = str(param["name"])
    if name.endswith("."):  # some versions of the suite omit an index of 0
        name = f"{name}0"
    if name not in PARAMETERS:
        name = ".".join(api_name(part) for part in name.split("."))
    # a reason can quote input of the consumer, and lone surrogates can't be encoded
    reason = str(param["reason"]).encode(errors="replace").decode()
    return {**param, "name": name, "reason": reason}
