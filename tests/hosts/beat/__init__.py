"""A host whose schedule of beat is in the database, and the same host without the plugin.

``APP`` is django-celery-beat itself where that can be installed: it refuses Django 6.1.
Elsewhere it is this package, which has the two tables that count.
"""

from importlib.util import find_spec

REAL = find_spec("django_celery_beat") is not None
APP = "django_celery_beat" if REAL else "tests.hosts.beat"
