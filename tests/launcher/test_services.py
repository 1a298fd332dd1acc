"""What is started, and what is left to the one who set a URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from testapp.launcher.errors import LauncherError
from testapp.launcher.keys import Keys
from testapp.launcher.services import choose

if TYPE_CHECKING:
    from testapp.launcher.layout import Layout

POSTGRES = "postgres://someone@db.example/klanten"
REDIS = "redis://redis.example/0"


def nothing_to_fetch() -> None:
    """The wheels don't install on this machine."""


def test_given_urls_leave_nothing_to_start(layout: Layout) -> None:
    environ = {"DATABASE_URL": POSTGRES, "REDIS_URL": REDIS, "PATH": ""}

    wanted = choose(layout, Keys(), environ, nothing_to_fetch)

    assert (wanted.cluster, wanted.broker) == (None, None)
    assert wanted.describe() == "DATABASE_URL, REDIS_URL"


@pytest.mark.parametrize("url", ["sqlite:///db.sqlite3", "mysql://db.example/klanten"])
def test_another_database_is_refused_with_the_reason(layout: Layout, url: str) -> None:
    with pytest.raises(LauncherError, match="array columns and pg_trgm"):
        choose(layout, Keys(), {"DATABASE_URL": url}, nothing_to_fetch)


def test_a_machine_without_redis_is_told_what_to_install(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The extra `embedded` may be installed where the tests run: not to be found here.
    monkeypatch.setattr("testapp.launcher.discovery.importable_folders", lambda: ())
    environ = {"DATABASE_URL": POSTGRES, "PATH": ""}

    with pytest.raises(LauncherError, match="apt install postgresql redis-server"):
        choose(layout, Keys(), environ, nothing_to_fetch)
