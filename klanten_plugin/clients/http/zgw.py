"""The APIs of the ZGW family: their error format, and the rules that they share.

A refusal of such an API is JSON in the format of the suite: an object with a ``code``
and the ``status`` of the answer itself. A proxy or gateway before it sends something
else, so only such an answer can say that a thing doesn't exist.
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
    """Whether this is a refusal of the API itself, by its format and content type."""
    body = reply.payload
    return (
        isinstance(body, dict)
        and isinstance(body.get("code"), str)
        and body.get("status") == reply.status
        and reply.media_type in ("", *JSON_TYPES)
    )


def is_not_found(reply: Reply) -> bool:
    """Whether the API itself says that there is no such resource."""
    return is_problem(reply) and reply.payload["code"] == NOT_FOUND


def faults(reply: Reply) -> list[dict[str, Any]]:
    """The ``invalidParams`` of a refusal."""
    body = reply.payload
    found = body.get("invalidParams") if isinstance(body, dict) else None
    rows = found if isinstance(found, list) else []
    return [row for row in rows if isinstance(row, dict)]


def problem_codes(reply: Reply) -> tuple[str, ...]:
    """Names and codes of what was refused; its texts can hold data or our token."""
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
"""What the tables of this family start from: a JSON object, or an error."""
