"""Services are started, unless the user has set a URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from testapp.launcher.errors import LauncherError
from testapp.launcher.keys import Keys
from testapp.launcher.postgres import Cluster
from testapp.launcher.services import choose
from testapp.launcher.wheels import PINS, Wheels, installed_wheels

if TYPE_CHECKING:
    from pathlib import Path

    from testapp.launcher.layout import Layout

POSTGRES = "postgres://someone@db.example/klanten"
REDIS = "redis://redis.example/0"


def test_given_urls_leave_nothing_to_start(layout: Layout) -> None:
    environ = {"DATABASE_URL": POSTGRES, "REDIS_URL": REDIS, "PATH": ""}

    wanted = choose(layout, Keys(), environ)

    assert (wanted.database, wanted.redis) == (POSTGRES, REDIS)
    assert wanted.describe() == "DATABASE_URL, REDIS_URL"


def test_without_wheels_it_says_what_to_do(tmp_path: Path) -> None:
    """For example from a plain pytest, which can't install them."""
    with pytest.raises(LauncherError, match="set DATABASE_URL and REDIS_URL"):
        installed_wheels(tmp_path)


def test_data_of_another_version_of_postgres_stays_apart(tmp_path: Path) -> None:
    """The name of its folder contains the major version of the pinned wheel."""
    cluster = Cluster(Wheels(tmp_path), tmp_path, None, "secret")

    major = cluster.data.name.removeprefix("postgresql-")
    assert f"\nembedded-postgres=={major}." in PINS.read_text(encoding="utf-8")
