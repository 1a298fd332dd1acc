"""What do the log lines of this host look like?"""

from logging import Filter, LogRecord
from typing import Any

import structlog

# Also for what the libraries log: with structlog, or with Python's own logging.
_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class WithoutHandledErrors(Filter):
    """Leaves out what the suite logs as an error for every 4xx.

    The access log has those already, and a failure of the host is another event.
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
        # loggers that libraries made on import must stay alive
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
        # BSNs and query strings stay out, whichever library logs them
        "filters": {
            "redaction": {"()": "klanten_plugin.redaction.RedactingFilter"},
            "handled": {"()": WithoutHandledErrors},
        },
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            "klanten_plugin": {"level": level},
            "testapp": {"level": level},
            "celery": {"level": "INFO"},
            # a line when a task is received and one when it ends: the plugin's own
            # events say more, and `trace` still warns of a task that failed
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            # every 403 and 404 is a warning there; the access log has them already
            "django.request": {"level": "ERROR"},
            # warns at every start about components that the suite itself left out
            "vng_api_common.polymorphism": {"level": "ERROR"},
        },
    }


def _renderer(layout: str) -> list[Any]:  # Any: structlog's Processor
    if layout == "json":
        return [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    # The default formatter prints the local variables of each frame where `rich`
    # is installed, and those hold personal data.
    return [
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    ]
