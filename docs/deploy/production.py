"""The host of the installation page in production, behind a proxy that terminates TLS.

Save it as ``host/production.py`` and set ``DJANGO_SETTINGS_MODULE=host.production``.
"""

import os

import structlog
from host.settings import *
from host.settings import BASE_DIR, LOGGING, MIDDLEWARE, SITE_DOMAIN

from klanten_plugin.redaction import with_redaction

DEBUG = False
SECRET_KEY = os.environ["SECRET_KEY"]

# Links, Location and errors say https. The proxy must set this header in every request,
# or a client could.
IS_HTTPS = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
# health checks of the machine itself don't know the domain
ALLOWED_HOSTS = [SITE_DOMAIN.partition(":")[0], "127.0.0.1"]

# The admin's style sheets, collected by `collectstatic`, are served by whitenoise.
STATIC_ROOT = BASE_DIR / "static"
MIDDLEWARE = [
    MIDDLEWARE[0],
    "whitenoise.middleware.WhiteNoiseMiddleware",
    *MIDDLEWARE[1:],
]

# One line of JSON for each event of the plugin, the suite, Django and Celery.
EVERY_LINE = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.format_exc_info,
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *EVERY_LINE,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
LOGGING = with_redaction(
    {
        **LOGGING,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": EVERY_LINE,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(),
                ],
            }
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "json"}
        },
    }
)
# or Celery replaces the handlers in workers
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
