"""The full host, with beat's schedule in the database."""

from testapp.settings import *  # noqa: F403
from testapp.settings import INSTALLED_APPS as FULL
from tests.hosts.beat import APP

INSTALLED_APPS = [*FULL, APP]
