"""A host whose beat schedule is in the database, and the same host without the plugin.

``APP`` is django-celery-beat itself if it can be installed, which isn't the case for
Django 6.1. Otherwise it is this package, which has the two relevant tables.
"""

from importlib.util import find_spec

REAL = find_spec("django_celery_beat") is not None
APP = "django_celery_beat" if REAL else "tests.hosts.beat"
