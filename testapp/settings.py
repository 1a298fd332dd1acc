"""Settings of a host with all features enabled.

What differs between installations comes from the environment:

SECRET_KEY            required
DATABASE_URL          required: postgres://user:password@host:port/name; a folder with
                      a unix socket is written as the host, percent-encoded
REDIS_URL             redis://host:port/0, for Celery; the cache is in the database
                      after that, on the same server
ALLOWED_HOSTS         host names, separated by commas
SITE_DOMAIN           host[:port] in URLs that are made outside a request
IS_HTTPS              yes where a proxy in front of the host speaks HTTPS
CSRF_TRUSTED_ORIGINS  origins of the admin behind a proxy, such as https://example.nl
LOG_LEVEL             level of the plugin's and the host's own logs (INFO)
LOG_LAYOUT            console, or json for log collectors
NOTIFICATIONS_DISABLED  no, once a Notificaties API is configured in the admin (yes)
JWT_EXPIRY, TIME_LEEWAY  seconds: how old a token may be, and how wrong its clock
PRIVATE_MEDIA_ROOT    folder for the client certificates of services
DEBUG                 only on a developer's machine
"""

import os
from pathlib import Path

# The suite reads its settings from Django's without defaults. Import all of them, then
# override some below.
from vng_api_common.conf.api import *  # noqa: F403
from vng_api_common.conf.api import (
    BASE_REST_FRAMEWORK,
    BASE_SPECTACULAR_SETTINGS,
    JWT_SPECTACULAR_SETTINGS,
)

from klanten_plugin.schedule import beat_schedule
from testapp import environment, logs

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Django

SECRET_KEY = environment.required("SECRET_KEY")
DEBUG = environment.flag("DEBUG", default=False)
ALLOWED_HOSTS = environment.listing(
    "ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1],testserver"
)

ROOT_URLCONF = "testapp.urls"
WSGI_APPLICATION = "testapp.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.sites",
    # serves static files for `runserver` as in production
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    # required by the suite
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    # formats the pages that errors and scopes link to
    "django_markup",
    "solo",
    "privates",
    "simple_certmanager",
    "zgw_consumers",
    "notifications_api_common",
    "vng_api_common",
    "vng_api_common.authorizations",
    "vng_api_common.audittrails",
    "vng_api_common.notifications",
    "klanten_plugin",
    "testapp",
]

MIDDLEWARE = [
    # First, so outermost, because the host's middleware below would overwrite the
    # API-version of the plugin's responses.
    "klanten_plugin.api.middleware.APIVersionMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    # No LocaleMiddleware: consumers get Dutch texts, whatever Accept-Language their
    # HTTP library sends.
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "vng_api_common.authorizations.middleware.AuthMiddleware",
    # sets the host's API_VERSION on every API response
    "vng_api_common.middleware.APIVersionHeaderMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "testapp.context_processors.settings",
            ],
        },
    },
]

DATABASES = {"default": environment.database()}
# For the primary keys of the suite's own tables. The plugin sets its own.
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"

LANGUAGE_CODE = "nl-nl"
TIME_ZONE = "UTC"  # so that times in the APIs end in Z

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# --- Redis: cache and Celery

REDIS_URL = os.environ.get("REDIS_URL", "")

if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            # not Celery's database, because clearing a cache empties its whole database
            "LOCATION": environment.next_redis_database(REDIS_URL),
        },
    }

CELERY_BROKER_URL = REDIS_URL or "redis://127.0.0.1:6379/0"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Requests that send a task must not wait long for an unavailable Redis.
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 10}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = TIME_ZONE
# Tasks wait for other systems. A slow one must not delay tasks that its worker
# prefetched.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BEAT_SCHEDULE = beat_schedule()

# --- Files

STATIC_URL = "/static/"
# Serve static files from the packages, so that no collectstatic step is needed. For
# much traffic on the admin, use STATIC_ROOT, collectstatic and a manifest storage.
WHITENOISE_USE_FINDERS = True

PRIVATE_MEDIA_ROOT = os.environ.get(
    "PRIVATE_MEDIA_ROOT", str(BASE_DIR / "private-media")
)
PRIVATE_MEDIA_URL = "/private-media/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
    # django-privates 4 and later; version 3 reads the PRIVATE_MEDIA_ settings
    "privates": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": PRIVATE_MEDIA_ROOT, "base_url": PRIVATE_MEDIA_URL},
    },
}
SENDFILE_BACKEND = "django_sendfile.backends.simple"
SENDFILE_ROOT = PRIVATE_MEDIA_ROOT
SENDFILE_URL = PRIVATE_MEDIA_URL

# --- Address of the host

SITE_ID = 1
SITE_DOMAIN = os.environ.get("SITE_DOMAIN", "127.0.0.1:8000")

# The suite uses it for URLs outside a request.
IS_HTTPS = environment.flag("IS_HTTPS", default=False)
# Only safe behind a proxy that always sets or removes this header.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if IS_HTTPS else 0
SESSION_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_TRUSTED_ORIGINS = environment.listing("CSRF_TRUSTED_ORIGINS")
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains and
    "security.W021",  # preloading are for the owner of the domain to decide,
    "security.W008",  # redirects to HTTPS for the proxy to send
]

# --- The suite

# The version of the host's own APIs. Each component may have another.
API_VERSION = "2.7.0"

REST_FRAMEWORK = {
    **BASE_REST_FRAMEWORK,
    "DEFAULT_PAGINATION_CLASS": "vng_api_common.pagination.DynamicPageSizePagination",
}

SPECTACULAR_SETTINGS = {
    **BASE_SPECTACULAR_SETTINGS,
    **JWT_SPECTACULAR_SETTINGS,
    "TITLE": "Another API of this host",
    "VERSION": API_VERSION,
}

JWT_EXPIRY = environment.integer("JWT_EXPIRY", default=60 * 60)
TIME_LEEWAY = environment.integer("TIME_LEEWAY", default=0)

# Without a Notificaties API, writes to the suite's own APIs are refused unless this is
# on. The plugin keeps its notifications until there is one.
NOTIFICATIONS_DISABLED = environment.flag("NOTIFICATIONS_DISABLED", default=True)
NOTIFICATIONS_SOURCE = "testapp"
LOG_NOTIFICATIONS_IN_DB = True

# --- Logs

LOGGING = logs.configure(
    level=os.environ.get("LOG_LEVEL", "INFO").upper(),
    layout=os.environ.get("LOG_LAYOUT", "console"),
)
