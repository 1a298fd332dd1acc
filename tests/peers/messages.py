"""Validation of messages, as by a Notificaties API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from testapp.peers.tokens import Body, Problem

MAX_LENGTHS = {"kanaal": 50, "resource": 100, "actie": 100}
URLS = ("hoofdObject", "resourceUrl")
REQUIRED = (*MAX_LENGTHS, *URLS, "aanmaakdatum")
KENMERK_LENGTH = 1000


def check_message(message: Any) -> None:
    """Raise :class:`Problem` with all errors in the message."""
    if not isinstance(message, dict):
        raise Problem(400, "invalid", [("nonFieldErrors", "invalid")])
    codes = {name: _code(message, name) for name in REQUIRED}
    params = [(name, code) for name, code in codes.items() if code]
    params += _codes_of_kenmerken(message.get("kenmerken", {}))
    if params:
        raise Problem(400, "invalid", params)


def _code(message: Body, name: str) -> str:
    """Return the error code of a field, or "" if it is valid."""
    value = message.get(name, ...)
    for empty, code in ((..., "required"), (None, "null"), ("", "blank")):
        if value == empty:
            return code
    if name in MAX_LENGTHS:
        return "max_length" if len(str(value)) > MAX_LENGTHS[name] else ""
    return _code_of_url(value) if name in URLS else _code_of_date(value)


def _code_of_url(value: Any) -> str:
    parts = urlsplit(value) if isinstance(value, str) else None
    is_url = parts and parts.scheme in ("http", "https") and parts.netloc
    return "" if is_url else "invalid"


def _code_of_date(value: Any) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return "invalid"
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    # the real one has no tolerance; this one has our clock, but with less precision
    is_later = moment > datetime.now(UTC) + timedelta(milliseconds=1)
    return "future_not_allowed" if is_later else ""


def _codes_of_kenmerken(kenmerken: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(kenmerken, dict):
        yield "kenmerken", "not_a_dict"
        return
    for name, value in kenmerken.items():
        if value is None:
            yield f"kenmerken.{name}", "null"
        elif not isinstance(value, str):
            yield f"kenmerken.{name}", "invalid"
        elif len(value) > KENMERK_LENGTH:
            yield f"kenmerken.{name}", "max_length"
