"""Keep personal data of requests out of logs, whoever writes the log line.

Consumers search in the query string (``?subjectNatuurlijkPersoon__inpBsn=...``), and
Django, web servers and logging libraries write requests down with it: at a 500, at a
refused ``Host``, at each line of an access log. The filter here belongs on the handlers
of the host, where the lines of all loggers come by. Standard library only, so that
settings modules can import it.
"""

from __future__ import annotations

import logging  # noqa: TID251 - it changes the records of every logger
import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from types import TracebackType
from typing import Any

CUT = "?…"
"""What takes the place of a query string."""

MASK = "*********"
"""What takes the place of a BSN."""

FILTER = "klanten_redaction"
"""Name of the filter in a ``LOGGING`` setting."""

_QUERY = re.compile(r"\?(?=\S*[=&])\S+|\?[^\s?!.,;:)\]}>\"']\S*")
_NINE_DIGITS = re.compile(r"(?<![^\W_])(?<!\d\.)\d{9}(?![^\W_])")
DATABASE_DETAIL = re.compile(r"\n(?:DETAIL|CONTEXT|LINE \d+):.*", re.DOTALL)
"""What PostgreSQL adds to an error: the values of the row, or the statement."""

_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
_RECORD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {"message"}
"""What every record has; whatever else it has was given as ``extra``."""

_STRUCTLOG = frozenset({"_logger", "_name", "_record"})
"""Attributes that structlog needs as they are."""

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def redacted(text: str) -> str:
    """Return the text with each query string cut and each BSN masked. Idempotent.

    An RSIN has the form of a BSN, and is masked as well.
    """
    return _NINE_DIGITS.sub(_masked, _QUERY.sub(CUT, text))


def _masked(found: re.Match[str]) -> str:
    """The mask for a number that passes the 11-proef; any other number as it is."""
    number = found[0]
    total = sum(int(n) * w for n, w in zip(number, _WEIGHTS, strict=True))
    return number if total % 11 else MASK


class RedactingFilter(logging.Filter):
    """Redact every record that passes: message, ``extra``, structlog's event, exception.

    Drops no record. The record itself is changed, for the handlers that come after, too.
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
    except Exception:  # noqa: BLE001 - the handler reports arguments that don't fit
        return
    clean = redacted(message)
    if clean != message:
        record.msg, record.args = clean, ()


def redact_event(
    logger: Any, method_name: str, event_dict: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Redact an event: a structlog processor, to be put right before the renderer.

    For hosts where structlog prints by itself. Where it hands its events to
    :mod:`logging`, :class:`RedactingFilter` does the same.
    """
    for key, value in event_dict.items():
        if key in _STRUCTLOG:
            continue
        event_dict[key] = _exception(value) if key == "exc_info" else _value(value)
    return event_dict


def _exception(value: Any) -> Any:
    """What structlog takes as ``exc_info``: true, an exception, or a tuple."""
    if isinstance(value, BaseException):
        return _clean_exception(value)
    return _redacted_exc_info(value if isinstance(value, tuple) else sys.exc_info())


def _value(value: Any) -> Any:
    """The value redacted, of any type; a request becomes its method and path."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, Mapping):
        return {key: _value(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        parts = [_value(part) for part in value]
        return value if parts == list(value) else parts
    return _object(value)


def _object(value: Any) -> Any:
    """The value itself where it shows nothing personal; otherwise what it shows."""
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
    """An exception that shows as this one, redacted; the same one if that is no other.

    Every formatter asks for the text of the exception and of those that it came from, so
    they are replaced, not the text of the traceback.
    """
    chain = list(_chain(error))
    clean = [_clean_text(one) for one in chain]
    if all(text == str(one) for one, text in zip(chain, clean, strict=True)):
        return error
    made = [_with_text(one, text) for one, text in zip(chain, clean, strict=True)]
    by_id = {id(one): new for one, new in zip(chain, made, strict=True)}
    for one, new in zip(chain, made, strict=True):
        new.__cause__ = by_id.get(id(one.__cause__))
        new.__context__ = by_id.get(id(one.__context__))
        new.__suppress_context__ = one.__suppress_context__
    return made[0]


def _chain(error: BaseException) -> Iterator[BaseException]:
    """This exception, and each that it came from; none of them twice."""
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
    """An exception of the same name and traceback, with this text."""
    kind = type(error)
    names = {
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__str__": lambda self: text,
    }
    made: BaseException = type(kind.__name__, (Exception,), names)(text)
    return made.with_traceback(error.__traceback__)


def with_redaction(logging_setting: Mapping[str, Any]) -> dict[str, Any]:
    """Return this ``LOGGING`` setting with the filter on each of its handlers.

    The setting that is given isn't changed. Idempotent.
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
    """Put the filter on each handler that there is in this process. Idempotent.

    For handlers that no ``LOGGING`` setting made, such as those of gunicorn.
    """
    loggers = [logging.getLogger(), *logging.Logger.manager.loggerDict.values()]
    for logger in loggers:
        for handler in getattr(logger, "handlers", ()):
            if not any(isinstance(one, RedactingFilter) for one in handler.filters):
                handler.addFilter(RedactingFilter())
