"""The settings that the tests run with, for a server beside them."""

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

# a connection that is kept by each of many workers would be one that others don't get
DATABASES["default"]["CONN_MAX_AGE"] = 0
KLANTEN_KLANTNUMMER_RANGE = (10_000_000, int(os.environ[LAST_NUMBER]))
# what the tests make up as a subject is nobody's to be asked for
KLANTEN_SUBJECT_HOSTS = "services"

globals().update(json.loads(os.environ.get(SETTINGS_ON_TOP, "{}")))
