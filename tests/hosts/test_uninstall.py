"""Uninstalling the plugin leaves nothing in the database of the host."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from klanten_plugin.schedule import beat_schedule
from tests.hosts.beat import REAL

ROOT = Path(__file__).resolve().parents[2]
INSTALLED, REMOVED = "tests.hosts.beat.settings", "tests.hosts.beat.removed"
OWN = "suite.own"

FILL = """
import django
django.setup()
from django.apps import apps
from klanten_plugin.constants import OutboxKind
from klanten_plugin.domain.outbox import add_row
from klanten_plugin.schedule import beat_schedule
task = apps.get_model("django_celery_beat", "PeriodicTask").objects
every = apps.get_model("django_celery_beat", "IntervalSchedule").objects
ours, shared = (every.create(every=n, period="seconds") for n in (30, 3600))
for number, entry in enumerate(beat_schedule().values()):
    task.create(name=f"by hand {number}", task=entry["task"], interval=(ours, shared)[number % 2])
task.create(name="suite.own", task="suite.own", interval=shared)
add_row(OutboxKind.ROL_BRON, "1")
"""

# Done by beat when it starts with a schedule in the settings.
START = """
import django
django.setup()
from django.conf import settings
from django_celery_beat.schedulers import DatabaseScheduler
from klanten_plugin.schedule import beat_schedule
from testapp.celery import app
app.conf.beat_schedule = beat_schedule()
DatabaseScheduler(app=app).sync()
"""

LOOK = """
import django
django.setup()
from django.contrib.contenttypes.models import ContentType
stale = [each for each in ContentType.objects.all() if each.model_class() is None]
print([f"{each.app_label}.{each.model}" for each in stale])
"""


@pytest.fixture
def database() -> Iterator[str]:
    """An empty database, next to that of the tests."""
    url = os.environ["DATABASE_URL"]
    name = f"uninstall_{os.getpid()}"
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield url.rpartition("/")[0] + f"/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def python(database: str, settings: str, *arguments: str) -> str:
    """Return the output of a process of the host, including errors."""
    environ = {
        **{
            name: os.environ[name]
            for name in ("PATH", "REDIS_URL", "PYTHONPYCACHEPREFIX")
            if name in os.environ
        },
        "SECRET_KEY": "x" * 50,
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": settings,
    }
    done = subprocess.run(  # noqa: S603 - our own Python, our own arguments
        [sys.executable, *arguments],
        env=environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{done.returncode} {done.stdout}{done.stderr}"


def rows(database: str, statement: str) -> list[Any]:
    with closing(psycopg.connect(database)) as connection:
        return [each for (each,) in connection.execute(statement.encode())]


def test_nothing_is_left_behind(database: str) -> None:
    manage = ("-m", "django")
    migrated = python(database, INSTALLED, *manage, "migrate", "--run-syncdb")
    assert migrated.startswith("0"), migrated
    codes = (START, FILL) if REAL else (FILL,)
    for code in codes:
        filled = python(database, INSTALLED, "-c", code)
        assert filled.startswith("0"), filled

    look = python(database, INSTALLED, *manage, "klanten_uninstall")
    assert f"periodieke taken: {len(codes) * len(beat_schedule())}," in look
    assert "niets verwijderd" in look
    refused = python(database, INSTALLED, *manage, "klanten_uninstall", "--yes")
    assert refused.startswith("1"), refused
    assert "--discard" in refused
    yes = ("klanten_uninstall", "--yes", "--discard")
    for _time in range(2):
        done = python(database, INSTALLED, *manage, *yes)
        assert done.startswith("0"), done
        assert "INSTALLED_APPS" in done

    kept = "SELECT task FROM django_celery_beat_periodictask WHERE task NOT LIKE 'celery.%'"
    assert rows(database, kept) == [OWN], "Celery's own task is beat's"
    assert rows(database, "SELECT every FROM django_celery_beat_intervalschedule") == [
        3600
    ]
    leftovers = "SELECT {} FROM {} WHERE {} LIKE '%klanten_plugin%'"
    for column, table in (
        ("relname", "pg_class"),
        ("proname", "pg_proc"),
        ("tgname", "pg_trigger"),
        ("app", "django_migrations"),
        ("app_label", "django_content_type"),
    ):
        assert rows(database, leftovers.format(column, table, column)) == [], table
    # and the host still works without it
    migrated = python(database, REMOVED, *manage, "migrate", "--run-syncdb")
    assert migrated.startswith("0"), migrated
    assert python(database, REMOVED, "-c", LOOK).startswith("0 []")
