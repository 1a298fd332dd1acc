"""The traits of the host, each with a comment."""

import os

import structlog

from tests.hosts.minimal.settings import *  # noqa: F403
from tests.hosts.minimal.settings import INSTALLED_APPS as LEAST

# the settings of such a host depend on the module in use
SETTINGS_IN_USE = os.environ["DJANGO_SETTINGS_MODULE"]

# no version of its own APIs in the settings
del API_VERSION  # noqa: F821 - it comes with the star

ROOT_URLCONF = "tests.hosts.suite.urls"

# singletons are cached, as in Open Zaak
SOLO_CACHE = "default"

# no notifications; an admin index that only lists the groups in its table
INSTALLED_APPS = [
    "django_admin_index",
    "ordered_model",
    "solo",
    "privates",
    "django.contrib.admin",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    *(app for app in LEAST if app != "klanten_plugin"),
    "csp",
    "tests.hosts.suite",
]

MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    # its own subclass of the suite's middleware
    "tests.hosts.suite.middleware.AuthMiddleware",
    # strict, except for the pages of its own APIs
    "csp.middleware.CSPMiddleware",
    # doesn't overwrite the header of a view, and sets none for unknown paths
    "tests.hosts.suite.middleware.APIVersionHeaderMiddleware",
]
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/zaken/api/v1/schema"],
    "DIRECTIVES": {"default-src": ["'none'"]},
}

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
STATIC_URL = "/static/"

# a tuple here, a list in another host
SETUP_CONFIGURATION_STEPS = (
    "zgw_consumers.contrib.setup_configuration.steps.ServiceConfigurationStep",
)
CELERY_BEAT_SCHEDULE = {"own": {"task": "suite.own", "schedule": 60.0}}
CELERY_BROKER_URL = os.environ.get("REDIS_URL", "")

# logs everything it gets, as in structlog's own examples
_SHARED = [structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder()]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _SHARED,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}

# informs workers of the path below which the host is served
FORCE_SCRIPT_NAME = os.environ.get("SUBPATH")
