"""An app with the label of the real one, by which it is detected."""

from django.apps import AppConfig


class BeatConfig(AppConfig):
    """Tables without a scheduler."""

    name = "tests.hosts.beat"
    label = "django_celery_beat"
    default_auto_field = "django.db.models.AutoField"
