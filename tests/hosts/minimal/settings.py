"""The minimal settings of a host.

No admin, no notifications, no Celery, no cache, no second API. Environment: SECRET_KEY,
DATABASE_URL, ALLOWED_HOSTS, SITE_DOMAIN, IS_HTTPS; see testapp/settings.py.
"""

import os
from pathlib import Path

# The suite reads its settings from Django's without defaults. Import all of them.
from vng_api_common.conf.api import *  # noqa: F403
from vng_api_common.conf.api import BASE_REST_FRAMEWORK

from testapp import environment

BASE_DIR = Path(__file__).resolve().parents[3]

SECRET_KEY = environment.required("SECRET_KEY")
ALLOWED_HOSTS = environment.listing(
    "ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1],testserver"
)
ROOT_URLCONF = "tests.hosts.minimal.urls"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "django_markup",
    # tables and URLs that the suite's own apps refer to
    "simple_certmanager",
    "zgw_consumers",
    "vng_api_common",
    "vng_api_common.authorizations",
    "vng_api_common.audittrails",
    "klanten_plugin",
]

MIDDLEWARE = [
    "klanten_plugin.api.middleware.APIVersionMiddleware",
    # permissions: reads the token of a request
    "vng_api_common.authorizations.middleware.AuthMiddleware",
]

# for the pages that errors link to
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
    },
]

DATABASES = {"default": environment.database()}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
LANGUAGE_CODE = "nl-nl"

REST_FRAMEWORK = {**BASE_REST_FRAMEWORK}

# The suite has no defaults for these two.
SITE_DOMAIN = os.environ.get("SITE_DOMAIN", "127.0.0.1:8000")
IS_HTTPS = environment.flag("IS_HTTPS", default=False)

NOTIFICATIONS_DISABLED = True

# Folder for the client certificates of services: django-privates 3 reads the setting,
# version 4 and later the storage.
PRIVATE_MEDIA_ROOT = str(BASE_DIR / "private-media")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
    "privates": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": PRIVATE_MEDIA_ROOT},
    },
}
