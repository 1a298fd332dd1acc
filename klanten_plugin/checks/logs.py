"""Check that the host's logging doesn't record search terms of consumers."""

from __future__ import annotations

import logging  # noqa: TID251 - it inspects the handlers of the host
import sys
from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage
from django.http import HttpRequest
from django.utils.log import AdminEmailHandler
from django.utils.translation import gettext as _

from ..conf import host_settings
from .messages import found, host_check

SAMPLE_BSN = "123456782"
"""A fictitious number in the format of a BSN."""

LOGGERS = ("django.request", "django.security.DisallowedHost")
"""Loggers to which Django writes requests: for a 500, and for refused requests."""


@host_check
def check_logs() -> Iterator[CheckMessage]:
    """Check that no handler outputs query strings or local variables of tracebacks."""
    problems: dict[str, None] = {}
    for handler in _handlers():
        name = _name(handler)
        if _shows(handler, _of_request()):
            shown = _("{name} laat de query van verzoeken zien").format(name=name)
            problems[shown] = None
        if _shows(handler, _of_exception()):
            shown = _("{name} laat lokale variabelen van fouten zien").format(name=name)
            problems[shown] = None
    for problem in problems:
        yield found("W013", handler=problem)


def _handlers() -> Iterator[logging.Handler]:
    """The handlers that get what Django says of requests."""
    for name in LOGGERS:
        logger: logging.Logger | None = logging.getLogger(name)
        while logger is not None:
            yield from logger.handlers
            logger = logger.parent if logger.propagate else None


def _of_request() -> logging.LogRecord:
    """Return the record of a failed request, as created by Django."""
    request = HttpRequest()
    request.method = "GET"
    request.path = request.path_info = "/klanten"
    request.META = {"QUERY_STRING": f"subjectNatuurlijkPersoon__inpBsn={SAMPLE_BSN}"}
    record = _record("%s: %s", ("Internal Server Error", request.path))
    record.request = request
    record.status_code = 500
    return record


def _of_exception() -> logging.LogRecord:
    """Return the record of an exception, with a BSN in a local variable."""
    exc_info: Any = None
    try:
        _fail(SAMPLE_BSN)
    except RuntimeError:
        exc_info = sys.exc_info()
    return _record("failed", (), exc_info)


def _fail(bsn: str) -> None:
    raise RuntimeError


def _record(message: str, args: Any, exc_info: Any = None) -> logging.LogRecord:
    return logging.LogRecord(
        LOGGERS[0], logging.ERROR, __file__, 0, message, args, exc_info
    )


def _shows(handler: logging.Handler, record: logging.LogRecord) -> bool:
    """Whether the output of this handler would contain the BSN. Writes nothing."""
    passed = record.levelno >= handler.level and handler.filter(record)
    if not passed:
        return False
    if isinstance(passed, logging.LogRecord):  # a replaced record
        record = passed
    if isinstance(handler, AdminEmailHandler) and host_settings.ADMINS:
        # its message contains the complete request
        return isinstance(getattr(record, "request", None), HttpRequest)
    try:
        return SAMPLE_BSN in handler.format(record)
    except Exception:  # noqa: BLE001 - then it writes nothing
        return False


def _name(handler: logging.Handler) -> str:
    return f"handler {handler.name or type(handler).__name__}"
