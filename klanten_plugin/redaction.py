"""Redact personal data of requests in logs, whichever library writes them.

Consumers search in the query string (``?subjectNatuurlijkPersoon__inpBsn=...``), which
Django, web servers and logging libraries record: for a 500, a refused ``Host``, or each
line of an access log. The filter in this module must be on the handlers of the host,
which receive the records of all loggers. It only uses the standard library, so that
settings modules can import it.
"""

from __future__ import annotations

import logging  # noqa: TID251 - it changes the records of every logger
import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

CUT = "?…"
"""Replaces a query string."""

MASK = "*********"
"""Replaces a BSN."""

FILTER = "klanten_redaction"
"""Name of the filter in a ``LOGGING`` setting."""

_QUERY = re.compile(r"\?(?=\S*[=&])\S+|\?[^\s?!.,;:)\]}>\"']\S*")
_NINE_DIGITS = re.compile(r"(?<![^\W_])(?<!\d\.)\d{9}(?![^\W_])")
DATABASE_DETAIL = re.compile(r"\n(?:DETAIL|CONTEXT|LINE \d+):.*", re.DOTALL)
"""Details of PostgreSQL errors: the values of the row, or the statement."""

_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
_RECORD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {"message"}
"""Standard attributes of a record; all others come from ``extra``."""

_STRUCTLOG = frozenset({"_logger", "_name", "_record"})
"""Attributes that structlog needs unchanged."""


def redacted(text: str) -> str:
    """Return the text with each query string cut and each BSN masked. Idempotent.

    RSINs have the same format as BSNs, and are masked as well.
    """
    return _NINE_DIGITS.sub(_masked, _QUERY.sub(CUT, text))


def _masked(found: re.Match[str]) -> str:
    """Return the mask for a number that passes the 11-proef, else the number."""
    number = found[0]
    total = sum(int(n) * w for n, w in zip(number, _WEIGHTS, strict=True))
    return number if total % 11 else MASK


class RedactingFilter(logging.Filter):
    """Redact every record that passes: message, ``extra``, structlog's event, exception.

    It drops no records. The record itself is changed, so later handlers get the
    redacted one.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the record, and let it pass."""
        if isinstance(record.msg, dict):  # structlog's, before its formatter
            record.msg = redact_event(None, "", dict(record.msg))
        else:
            _redact_message(record)
        if record.exc_info:
            record.exc_info = _redacted_exc_info(record.exc_info)
            record.exc_text = None  # as a handler without this filter had it
        extra = set(vars(record)) - _RECORD_ATTRIBUTES - _STRUCTLOG
        for name in extra:
            setattr(record, name, _value(getattr(record, name)))
        return True


def _redact_message(record: logging.LogRecord) -> None:
    try:
        message = record.getMessage()
    except Exception:  # noqa: BLE001 - the handler reports invalid arguments
        return
    clean = redacted(message)
    if clean != message:
        record.msg, record.args = clean, ()


def redact_event(
    logger: Any, method_name: str, event_dict: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Redact an event, as a structlog processor right before the renderer.

    For hosts where structlog prints without :mod:`logging`. Otherwise
    :class:`RedactingFilter` redacts the events.
    """
    for key, value in event_dict.items():
        if key in _STRUCTLOG:
            continue
        event_dict[key] = _exception(value) if key == "exc_info" else _value(value)
    return event_dict


def _exception(value: Any) -> Any:
    """Redact ``exc_info`` of structlog: true, an exception, or a tuple."""
    if isinstance(value, BaseException):
        return _clean_exception(value)
    return _redacted_exc_info(value if isinstance(value, tuple) else sys.exc_info())


def _value(value: Any) -> Any:
    """Redact a value of any type. A request becomes its method and path."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, Mapping):
        return {key: _value(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        parts = [_value(part) for part in value]
        return value if parts == list(value) else parts
    return _object(value)


def _object(value: Any) -> Any:
    """Return the value, or its redacted ``repr`` if that has personal data."""
    if isinstance(value, int | float):  # no BSN: those are texts
        return value
    if hasattr(value, "META"):  # Django's HttpRequest, DRF's Request
        return f"{value.method} {redacted(value.path)}"
    shown = repr(value)
    clean = redacted(shown)
    return value if clean == shown else clean


def _redacted_exc_info(exc_info: Any) -> Any:
    if not (isinstance(exc_info, tuple) and isinstance(exc_info[1], BaseException)):
        return exc_info
    clean = _clean_exception(exc_info[1])
    return exc_info if clean is exc_info[1] else (type(clean), clean, exc_info[2])


def _clean_exception(error: BaseException) -> BaseException:
    """Return a copy of the exception with redacted texts, or itself if nothing changes.

    Formatters print the texts of the exception and its causes, so these are replaced
    instead of the text of the traceback.
    """
    chain = list(_chain(error))
    if all(_clean_text(one) == str(one) for one in chain):
        return error
    clean = {id(one): _with_text(one, _clean_text(one)) for one in chain}
    for one in chain:
        new = clean[id(one)]
        new.__cause__ = clean.get(id(one.__cause__))
        new.__context__ = clean.get(id(one.__context__))
        new.__suppress_context__ = one.__suppress_context__
    return clean[id(error)]


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield this exception and its causes, without duplicates."""
    seen: dict[int, BaseException] = {}
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen[id(one)] = one
            yield one
            waiting += [one.__context__, one.__cause__]


def _clean_text(error: BaseException) -> str:
    return redacted(DATABASE_DETAIL.sub("", str(error)))


def _with_text(error: BaseException, text: str) -> BaseException:
    """Return an exception with the same name and traceback, and this text."""
    kind = type(error)
    names = {
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__str__": lambda self: text,
    }
    made: BaseException = type(kind.__name__, (Exception,), names)(text)
    return made.with_traceback(error.__traceback__)


def with_redaction(logging_setting: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of this ``LOGGING`` setting with the filter on all handlers.

    Idempotent.
    """
    handlers = {
        name: {**handler, "filters": _with_filter(handler.get("filters") or ())}
        for name, handler in (logging_setting.get("handlers") or {}).items()
    }
    path = f"{RedactingFilter.__module__}.{RedactingFilter.__name__}"
    filters = {**(logging_setting.get("filters") or {}), FILTER: {"()": path}}
    return {**logging_setting, "filters": filters, "handlers": handlers}


def _with_filter(filters: Any) -> list[Any]:
    return [*(one for one in filters if one != FILTER), FILTER]


def redact_live_handlers() -> None:
    """Add the filter to all handlers in this process. Idempotent.

    For handlers that aren't configured by ``LOGGING``, such as those of gunicorn.
    """
    loggers = [logging.getLogger(), *logging.Logger.manager.loggerDict.values()]
    for logger in loggers:
        for handler in getattr(logger, "handlers", ()):
            if not any(isinstance(one, RedactingFilter) for one in handler.filters):
                handler.addFilter(RedactingFilter())
