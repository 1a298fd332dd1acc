"""The logging configuration of this host."""

from logging import Filter, LogRecord
from typing import Any

import structlog

# Also for log events of libraries, with structlog or Python's logging.
_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class WithoutHandledErrors(Filter):
    """Filters out the errors that the suite logs for every 4xx.

    The access log has those already. Failures of the host are other events.
    """

    def filter(self, record: LogRecord) -> bool:
        """Return whether the record is kept."""
        content = record.msg if isinstance(record.msg, dict) else {}
        return content.get("event") != "api.handled_exception"


def configure(level: str, layout: str) -> dict[str, Any]:  # Any: a dictConfig
    """
    Direct structlog to Python's logging, and return the LOGGING setting.

    `level` is for the plugin and the host. `layout` is "console", or "json" for
    log collectors.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        # keep loggers that libraries created on import
        "disable_existing_loggers": False,
        "formatters": {
            "structlog": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *_renderer(layout),
                ],
            },
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "structlog",
                "filters": ["handled", "redaction"],
            },
        },
        # keep BSNs and query strings out, whichever library logs them
        "filters": {
            "redaction": {"()": "klanten_plugin.redaction.RedactingFilter"},
            "handled": {"()": WithoutHandledErrors},
        },
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            "klanten_plugin": {"level": level},
            "testapp": {"level": level},
            "celery": {"level": "INFO"},
            # a line at the start and end of each task: the plugin's own events say
            # more, and `trace` still warns of a failed task
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            # every 403 and 404 is a warning there, but the access log has them already
            "django.request": {"level": "ERROR"},
            # warns at every start about components that the suite itself omitted
            "vng_api_common.polymorphism": {"level": "ERROR"},
        },
    }


def _renderer(layout: str) -> list[Any]:  # Any: structlog's Processor
    if layout == "json":
        return [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    # If `rich` is installed, the default formatter prints the local variables of each
    # frame, which contain personal data.
    return [
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    ]
