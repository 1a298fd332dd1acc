"""Changes that the host makes to libraries, and on every ``migrate``."""

import re

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from tests.hosts.suite.celery import app as celery_app

__all__ = ["SuiteConfig", "celery_app"]


class SuiteConfig(AppConfig):
    name = "tests.hosts.suite"
    label = "suite"

    def ready(self) -> None:
        from djangorestframework_camel_case import util

        # a digit after an underscore isn't changed: sub_adres_buitenland_1
        util.camelize_re = re.compile(r"[a-z0-9]?_[a-z]")
        # recreates the index of the admin
        post_migrate.connect(wipe, sender=self)


def wipe(using: str, **kwargs) -> None:
    groups = apps.get_model("admin_index", "AppGroup").objects.using(using)
    groups.all().delete()
    groups.create(name="Accounts", slug="accounts")
