"""The same host after removing the plugin from its settings."""

from testapp.settings import *  # noqa: F403
from testapp.settings import INSTALLED_APPS as FULL, MIDDLEWARE as ALL
from tests.hosts.beat import APP

OURS = ("klanten_plugin", "testapp")
INSTALLED_APPS = [
    *(app for app in FULL if app not in OURS),
    APP,
]
MIDDLEWARE = [name for name in ALL if not name.startswith("klanten_plugin.")]
CELERY_BEAT_SCHEDULE: dict[str, object] = {}
ROOT_URLCONF = "tests.hosts.beat.urls"
