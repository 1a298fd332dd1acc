"""Redaction of log lines: what is removed, and what is kept."""

from __future__ import annotations

import io
import logging
from typing import Any

from django.core.checks import run_checks
from django.test import RequestFactory
from django.utils.log import AdminEmailHandler

import pytest
import structlog

from klanten_plugin.redaction import (
    FILTER,
    RedactingFilter,
    redact_event,
    redact_live_handlers,
    redacted,
    with_redaction,
)

BSN = "123456782"
NO_BSN = "123456789"
HIDDEN = "*********"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"GET /klanten?inpBsn={BSN} 200", "GET /klanten?… 200"),
        ("GET /klanten?naam=O'Brien&x=1", "GET /klanten?…"),
        ("/klanten?naam", "/klanten?…"),
        ("/klanten?&naam=De%20Vries", "/klanten?…"),
        ("/klanten?'naam=De+Vries", "/klanten?…"),
        (f"klant {BSN}, klant '{BSN}'", f"klant {HIDDEN}, klant '{HIDDEN}'"),
        (f"bsn_{BSN}=x", f"bsn_{HIDDEN}=x"),
        (f"bsn: {NO_BSN}", f"bsn: {NO_BSN}"),
        (f"row {BSN}0, {BSN}a, 0.{BSN}", f"row {BSN}0, {BSN}a, 0.{BSN}"),
        ("Really? Yes (why?).", "Really? Yes (why?)."),
        ("/klanten/1d8e7f8c-0000-4000-8000-123456782abc", None),
        ("", None),
    ],
)
def test_text(text: str, expected: str | None) -> None:
    once = redacted(text)
    assert once == (text if expected is None else expected)
    assert redacted(once) == once


@pytest.fixture
def lines() -> Any:
    """A logger with the filter, and its output."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactingFilter())
    logger = logging.Logger("any", logging.DEBUG)  # noqa: LOG001 - nobody else's
    logger.addHandler(handler)
    return logger, handler, stream


class TestRecords:
    @pytest.mark.parametrize(
        ("message", "arguments", "expected"),
        [
            ("got %s", (f"/x?bsn={BSN}",), "got /x?…"),
            ("%(r)s %(s)d", ({"r": "GET /x?a=1", "s": 200},), "GET /x?… 200"),
            ("100%", (), "100%"),
            ("%s of %s", ("one", "two"), "one of two"),
        ],
    )
    def test_message(
        self, lines: Any, message: str, arguments: tuple[Any, ...], expected: str
    ) -> None:
        logger, _handler, stream = lines
        logger.info(message, *arguments)
        assert stream.getvalue() == f"{expected}\n"

    def test_arguments_that_do_not_fit_are_reported_by_the_handler(
        self, lines: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        logger, _handler, _stream = lines
        logger.info("%d", "x")
        assert "TypeError" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ({"path": f"/x?bsn={BSN}", "n": 5}, "{'path': '/x?…', 'n': 5}"),
            ([BSN, 1.5, None, True], f"['{HIDDEN}', 1.5, None, True]"),
            (("a", 1), "('a', 1)"),
            (f"/x?bsn={BSN}".encode(), "b'/x?…"),
            (RequestFactory().get("/x", {"bsn": BSN}), "GET /x"),
            (RequestFactory().post("/x", {"bsn": BSN}), "POST /x"),
            (ValueError, "<class 'ValueError'>"),
        ],
        ids=str,
    )
    def test_extra(self, lines: Any, value: Any, expected: str) -> None:
        logger, handler, stream = lines
        handler.setFormatter(logging.Formatter("%(value)s"))
        logger.info("x", extra={"value": value})
        assert stream.getvalue() == f"{expected}\n"

    def test_exceptions(self, lines: Any) -> None:
        """Each exception of a chain, by its name, with its source lines."""
        logger, _handler, stream = lines
        try:
            fail()
        except LookupError as error:
            logger.exception("failed")
            raised = error
        assert str(raised) == f"no klant {BSN}"
        text = stream.getvalue()
        assert "KeyError: no klant *********" in text
        assert "ValueError: not null violated\n" in text
        assert "The above exception was the direct cause" in text
        assert 'raise Missing(f"no klant {BSN}")' in text
        assert BSN not in text
        assert "Achternaam" not in text

    def test_an_exception_that_says_nothing_stays_itself(self, lines: Any) -> None:
        logger, handler, stream = lines
        record = logger.makeRecord("any", 40, "", 0, "x", (), None)
        error = ValueError("plain")
        record.exc_info = (ValueError, error, None)
        handler.handle(record)
        assert record.exc_info[1] is error
        assert "ValueError: plain" in stream.getvalue()

    def test_what_another_handler_made_of_an_exception_is_not_used(
        self, lines: Any
    ) -> None:
        logger, _handler, stream = lines
        other = logging.StreamHandler(io.StringIO())
        logger.handlers.insert(0, other)
        try:
            fail()
        except LookupError:
            logger.exception("failed")
        assert BSN in other.stream.getvalue()
        assert BSN not in stream.getvalue()


def fail() -> None:
    detail = f"DETAIL:  Failing row contains ({BSN}, Achternaam)."
    raise Missing(f"no klant {BSN}") from ValueError(f"not null violated\n{detail}")


class Missing(KeyError):
    """A ``KeyError`` whose text is the message without quotes."""

    def __str__(self) -> str:
        return str(self.args[0])


Missing.__qualname__ = "KeyError"
Missing.__module__ = "builtins"


@pytest.mark.parametrize("given", ["true", "error", "tuple"])
def test_structlog_that_prints_by_itself(given: str) -> None:
    printed: list[str] = []
    processors: list[Any] = [
        redact_event,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(sort_keys=True),
        lambda _logger, _name, text: printed.append(text) or text,
    ]
    logger = structlog.wrap_logger(structlog.ReturnLogger(), processors=processors)
    try:
        fail()
    except LookupError as error:
        info = {
            "true": True,
            "error": error,
            "tuple": (type(error), error, error.__traceback__),
        }
        logger.info("look_up", request=f"GET /x?bsn={BSN}", exc_info=info[given])
    (text,) = printed
    assert "request='GET /x?…'" in text
    assert "KeyError: no klant *********" in text
    assert BSN not in text


def test_structlog_that_hands_on() -> None:
    """Its event is still a mapping when it reaches the filter."""
    record = logging.makeLogRecord({"msg": {"event": "seen", "request": f"/x?a={BSN}"}})
    assert RedactingFilter().filter(record)
    assert record.msg == {"event": "seen", "request": "/x?…"}


def test_a_setting_gets_the_filter_on_every_handler() -> None:
    setting = {
        "version": 1,
        "filters": {"own": {"()": "host.Filter"}},
        "handlers": {
            "console": {"class": "logging.StreamHandler"},
            "file": {"class": "logging.FileHandler", "filters": ["own"]},
        },
        "root": {"handlers": ["console"]},
    }
    made = with_redaction(setting)
    assert made["handlers"]["console"]["filters"] == [FILTER]
    assert made["handlers"]["file"]["filters"] == ["own", FILTER]
    assert set(made["filters"]) == {"own", FILTER}
    assert made["root"] == setting["root"]
    assert with_redaction(made) == made
    assert "filters" not in setting["handlers"]["console"]
    assert with_redaction({"version": 1})["handlers"] == {}


def test_handlers_of_others_get_it_once() -> None:
    logger = logging.getLogger("tests.of.a.web.server")
    handler = logging.StreamHandler(io.StringIO())
    logger.addHandler(handler)
    redact_live_handlers()
    redact_live_handlers()
    logger.removeHandler(handler)
    assert [type(one) for one in handler.filters] == [RedactingFilter]


class Broken(logging.Formatter):
    """Fails, so nothing is written."""

    def format(self, record: logging.LogRecord) -> str:
        """Fail."""
        raise ValueError


def printing(
    *, traceback: Any = structlog.processors.format_exc_info
) -> logging.Formatter:
    """Return structlog's formatter with all attributes of a record, as in hosts."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            traceback,
            structlog.processors.JSONRenderer(),
        ],
    )


WITH_VARIABLES = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=True)
)


class TestCheck:
    @pytest.fixture(autouse=True)
    def own_handler(self, monkeypatch: pytest.MonkeyPatch) -> list[logging.Handler]:
        """Replace the handlers of ``django.request`` by those of the test."""
        handlers: list[logging.Handler] = []
        logger = logging.getLogger("django.request")
        monkeypatch.setattr(logger, "handlers", handlers)
        monkeypatch.setattr(logger, "propagate", False)
        security = logging.getLogger("django.security.DisallowedHost")
        monkeypatch.setattr(security, "propagate", False)
        return handlers

    def found(self) -> list[str]:
        """Return the findings of the check."""
        ours = (m for m in run_checks() if m.id == "klanten_plugin.W013")
        return [message.msg for message in ours]

    @pytest.mark.parametrize(
        ("formatter", "level", "count"),
        [
            (printing(), logging.INFO, 1),
            (printing(), logging.CRITICAL, 0),
            (printing(traceback=WITH_VARIABLES), logging.INFO, 2),
            (logging.Formatter("%(levelname)s %(message)s"), logging.INFO, 0),
            (logging.Formatter("%(message)s of %(request)r"), logging.INFO, 1),
            (Broken(), logging.INFO, 0),
            (None, logging.INFO, 0),
        ],
    )
    def test_by_what_is_written(
        self,
        own_handler: list[logging.Handler],
        formatter: logging.Formatter | None,
        level: int,
        count: int,
    ) -> None:
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.set_name("console")
        handler.setLevel(level)
        handler.setFormatter(formatter)
        own_handler.append(handler)

        assert len(self.found()) == count
        assert all("handler console" in text for text in self.found())
        handler.addFilter(RedactingFilter())
        # the filter can't remove variables from a traceback
        assert len(self.found()) == max(count - 1, 0)
        handler.addFilter(lambda record: False)
        assert self.found() == []
        assert stream.getvalue() == ""

    @pytest.mark.parametrize("admins", [[], ["beheer@example.nl"]])
    def test_by_mail(
        self, settings: Any, own_handler: list[logging.Handler], admins: list[str]
    ) -> None:
        """A mail contains the request with all parameters."""
        settings.ADMINS = admins
        handler = AdminEmailHandler()
        own_handler.append(handler)
        assert len(self.found()) == len(admins)
        handler.addFilter(RedactingFilter())
        assert self.found() == []

    def test_handlers_above_are_looked_at(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        handler = logging.StreamHandler(io.StringIO())
        handler.setFormatter(printing())
        monkeypatch.setattr(logging.getLogger("django.request"), "propagate", True)
        monkeypatch.setattr(logging.getLogger("django"), "handlers", [handler])
        assert len(self.found()) == 1
