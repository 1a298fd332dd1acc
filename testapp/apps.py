"""App config of the demo host."""

from django.apps import AppConfig

# The shared tasks of all apps are sent with this Celery app, so every process must load
# it. A project that may import Celery in its package's __init__ does it there.
from klanten_plugin.redaction import redact_live_handlers
from testapp.celery import app as celery_app

__all__ = ["TestappConfig", "celery_app"]


class TestappConfig(AppConfig):
    """Provides the management commands of the host."""

    name = "testapp"
    label = "testapp"

    def ready(self) -> None:
        """Keep personal data out of the log of the web server as well."""
        redact_live_handlers()
