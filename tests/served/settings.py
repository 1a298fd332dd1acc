"""The settings of the tests, for a server."""

from __future__ import annotations

import json
import os
from importlib import import_module
from typing import Any

from tests.served.server import LAST_NUMBER, SETTINGS_ON_TOP, SETTINGS_UNDER_TEST

DATABASES: dict[str, Any] = {}

_under_test = import_module(os.environ[SETTINGS_UNDER_TEST])
globals().update(
    {name: value for name, value in vars(_under_test).items() if name.isupper()}
)

# persistent connections of many workers would exhaust the connection limit
DATABASES["default"]["CONN_MAX_AGE"] = 0
KLANTEN_KLANTNUMMER_RANGE = (10_000_000, int(os.environ[LAST_NUMBER]))
# the invented subjects of the tests must not be requested
KLANTEN_SUBJECT_HOSTS = "services"

globals().update(json.loads(os.environ.get(SETTINGS_ON_TOP, "{}")))
