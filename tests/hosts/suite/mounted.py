"""A host where only the environment can be changed: a list of apps, and variables."""

from tests.hosts.suite.settings import *  # noqa: F403
from tests.hosts.suite.settings import INSTALLED_APPS as OWN

INSTALLED_APPS = [
    # before the admin and the host's own, because no order is required
    "klanten_plugin",
    *OWN,
]
