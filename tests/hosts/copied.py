"""A minimal host with a copy of the demo's logging, as JSON."""

from testapp import logs
from testapp.settings_minimal import *  # noqa: F403

LOGGING = logs.configure(level="INFO", layout="json")
