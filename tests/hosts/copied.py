"""A host that has the least, and a copy of the logging of the demo; as JSON."""

from testapp import logs
from testapp.settings_minimal import *  # noqa: F403

LOGGING = logs.configure(level="INFO", layout="json")
