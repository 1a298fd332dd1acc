"""The settings of ``docs/deploy/machines.py``, on top of the demo host's.

Copied into the folder of a run, because an older version of the code uses it as well.
"""

from __future__ import annotations

import os
from pathlib import Path

from klanten_plugin.schedule import beat_schedule
from testapp.settings import *  # noqa: F403

EXAMPLE = Path(os.environ["MACHINES_EXAMPLE"])
text = EXAMPLE.read_text(encoding="utf-8").replace(
    "host.production", "testapp.settings"
)
exec(compile(text, str(EXAMPLE), "exec"))  # noqa: S102 - our own example

# as in Open Zaak
SOLO_CACHE = "default"

# Shorter than the defaults, for shorter runs.
KLANTEN_OUTBOX_LEASE = float(os.environ.get("MACHINES_LEASE", "20"))
CELERY_BEAT_SCHEDULE = beat_schedule(outbox_interval=10.0)

# to check that they are shared
KLANTEN_SUBJECT_HOSTS = "all"
KLANTEN_SUBJECT_TIMEOUT = 2.0
KLANTEN_NHR_REQUESTS_PER_SECOND = 3
