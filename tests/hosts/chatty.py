"""A minimal host that writes every log line to standard output."""

import sys

from tests.hosts.minimal.settings import *  # noqa: F403

DEBUG = True  # logs every statement

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler", "stream": sys.stdout}},
    "loggers": {"django.db": {"level": "DEBUG"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
