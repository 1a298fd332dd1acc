"""Services are started, unless the user has set a URL."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from testapp.launcher.console import Console
from testapp.launcher.errors import LauncherError
from testapp.launcher.keys import Keys
from testapp.launcher.postgres import FOLDER
from testapp.launcher.processes import Supervisor
from testapp.launcher.services import start_services
from testapp.launcher.wheels import PINS, installed_wheels

if TYPE_CHECKING:
    from pathlib import Path

POSTGRES = "postgres://someone@db.example/klanten"
REDIS = "redis://redis.example/0"


def test_given_urls_leave_nothing_to_start(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", POSTGRES)
    monkeypatch.setenv("REDIS_URL", REDIS)

    output = io.StringIO()
    with Supervisor(Console(output)) as supervisor:
        urls = start_services(supervisor, data, Keys())

    assert (urls.database, urls.redis) == (POSTGRES, REDIS)
    assert output.getvalue() == ""


def test_without_wheels_it_says_what_to_do(tmp_path: Path) -> None:
    """For example from a plain pytest, which can't install them."""
    with pytest.raises(LauncherError, match="set DATABASE_URL and REDIS_URL"):
        installed_wheels(tmp_path)


def test_data_of_another_version_of_postgres_stays_apart() -> None:
    """The name of its folder contains the major version of the pinned wheel."""
    major = FOLDER.removeprefix("postgresql-")
    assert f"\nembedded-postgres=={major}." in PINS.read_text(encoding="utf-8")
