"""A minimal host with a copy of the demo's logging, as JSON."""

from testapp import logs
from tests.hosts.minimal.settings import *  # noqa: F403

LOGGING = logs.configure(level="INFO", layout="json")
