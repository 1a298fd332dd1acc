"""The Celery app of the host."""

from celery import Celery

app = Celery("suite")
app.config_from_object("django.conf:settings", namespace="CELERY")
