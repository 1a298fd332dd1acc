"""A web process is prepared before its first request."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from klanten_plugin.api.warming import prepare

BROKER = "redis://127.0.0.1:1/0"
LOADED = """
import sys, django
from django.core.wsgi import get_wsgi_application
django.setup()
before = set(sys.modules)
get_wsgi_application()
print(*set(sys.modules) - before)
"""


@pytest.mark.once
def test_what_a_web_process_has_loaded_before_its_first_request() -> None:
    """Without a database: nothing listens on that address."""
    nowhere = "postgres://nobody@127.0.0.1:1/none"
    output = subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-c", LOADED],
        env={**os.environ, "DATABASE_URL": nowhere, "CELERY_BROKER_WRITE_URL": BROKER},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    loaded = set(output.splitlines()[-1].split())
    expected = {"klanten_plugin.api.viewsets", "kombu.transport.redis"}
    assert expected <= loaded


def test_no_database_is_used() -> None:
    """Database access in this test would raise an error."""
    prepare()
