"""The demo host without the app."""

from testapp.settings import *  # noqa: F403
from testapp.settings import INSTALLED_APPS as ALL_APPS, MIDDLEWARE as ALL_MIDDLEWARE

APP = "klanten_plugin"

INSTALLED_APPS = [name for name in ALL_APPS if name != APP]
MIDDLEWARE = [name for name in ALL_MIDDLEWARE if not name.startswith(APP)]
ROOT_URLCONF = "tests.benchmarks.host.urls_without"
CELERY_BEAT_SCHEDULE = {}
