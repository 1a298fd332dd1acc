"""The Celery app of the worker, beat and the web processes."""

import os
from logging.config import dictConfig
from typing import Any

from django.conf import settings

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testapp.settings")

app = Celery("testapp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def use_the_logging_of_the_host(**_: Any) -> None:  # Any: the signal's arguments
    """Use the web processes' logging configuration (LOGGING) in the worker and beat."""
    dictConfig(settings.LOGGING)
