"""The error format and common rules of the ZGW APIs.

An error of such an API is JSON in the format of the suite: an object with a ``code``
and the ``status`` of the response. Proxies and gateways send other formats, so only
such a response means that a resource doesn't exist.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from ...exceptions import (
    AccessRefused,
    PermanentRemoteError,
    TemporaryRemoteError,
)
from .answers import PASSING, SUCCESS, Meaning, Rule
from .reply import JSON_TYPES, Reply, is_object

NOT_FOUND = "not_found"
CODE_LENGTH = 50


def is_problem(reply: Reply) -> bool:
    """Whether this is an error of the API itself, by its format and content type."""
    body = reply.payload
    return (
        isinstance(body, dict)
        and isinstance(body.get("code"), str)
        and body.get("status") == reply.status
        and reply.media_type in ("", *JSON_TYPES)
    )


def is_not_found(reply: Reply) -> bool:
    """Whether the API itself reports that the resource doesn't exist."""
    return is_problem(reply) and reply.payload["code"] == NOT_FOUND


def faults(reply: Reply) -> list[dict[str, Any]]:
    """Return the ``invalidParams`` of an error."""
    body = reply.payload
    found = body.get("invalidParams") if isinstance(body, dict) else None
    rows = found if isinstance(found, list) else []
    return [row for row in rows if isinstance(row, dict)]


def problem_codes(reply: Reply) -> tuple[str, ...]:
    """Return names and codes of an error; its texts can contain data or tokens."""
    return tuple(
        f"{fault.get('name', '')!s:.{CODE_LENGTH}} {fault.get('code', '')!s:.{CODE_LENGTH}}"
        for fault in faults(reply)
    )


RULES = (
    Rule(
        AccessRefused,
        {401, 403, 407},
        says=gettext_lazy(
            "{answer}. Controleer client-ID, secret en scopes van de service."
        ),
    ),
    Rule(TemporaryRemoteError, PASSING),
    Rule(Meaning.OK, {200, 201}, is_object),
    Rule(
        TemporaryRemoteError,
        SUCCESS,
        says=gettext_lazy("{answer}, maar geen JSON van deze API."),
    ),
    Rule(
        PermanentRemoteError,
        says=gettext_lazy("{answer}. Controleer de API-root van de service."),
    ),
)
"""The common rules of the ZGW APIs: a JSON object, or an error."""
