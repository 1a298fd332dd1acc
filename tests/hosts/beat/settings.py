"""The full host, with beat's schedule in the database."""

from testapp.settings import *  # noqa: F403
from testapp.settings import INSTALLED_APPS as FULL

INSTALLED_APPS = [*FULL, "tests.hosts.beat"]
