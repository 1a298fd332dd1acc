"""Errors in the environment of a host are reported clearly."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from testapp import environment

ROOT = Path(__file__).resolve().parents[2]

GOOD = {
    "SECRET_KEY": "a-long-key-for-a-test-0123456789-0123456789-abcdefghij",
    "DATABASE_URL": "postgres://nobody@localhost:1/none",
    "DJANGO_SETTINGS_MODULE": "testapp.settings",
}


def check(*arguments, without=(), **changes):
    """Run the system checks in a process with a separate environment."""
    names = ("PATH", "HOME", "PYTHONPYCACHEPREFIX")
    known = {name: os.environ[name] for name in names if name in os.environ}
    environment = {**known, **GOOD, **changes}
    for name in without:
        del environment[name]
    return subprocess.run(  # noqa: S603 - our own Python, our own arguments
        [sys.executable, "-m", "django", "check", *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("module", ["testapp.settings", "tests.hosts.minimal.settings"])
@pytest.mark.parametrize("name", ["DATABASE_URL", "SECRET_KEY"])
def test_a_missing_variable_is_named_with_the_way_out(module, name):
    result = check(without=[name], DJANGO_SETTINGS_MODULE=module)

    assert result.returncode != 0
    assert f"ImproperlyConfigured: The environment variable {name}" in result.stderr
    assert "python3 -m testapp" in result.stderr


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"DATABASE_URL": "sqlite:///db.sqlite3"}, "must name a PostgreSQL database"),
        ({"DEBUG": "misschien"}, "DEBUG must be yes or no"),
        ({"JWT_EXPIRY": "een uur"}, "JWT_EXPIRY must be a whole number"),
    ],
)
def test_a_wrong_value_is_explained(changes, message):
    assert message in check(**changes).stderr


def test_the_minimal_host_has_nothing_to_complain_about():
    result = check(DJANGO_SETTINGS_MODULE="tests.hosts.minimal.settings")

    assert result.returncode == 0, result.stderr


def test_behind_https_the_deployment_checks_pass():
    # no request is sent to it
    changes = {"IS_HTTPS": "yes", "REDIS_URL": "redis://127.0.0.1:1/0"}
    result = check("--deploy", "--fail-level", "WARNING", **changes)

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "url",
    ["postgres://me@%2Fsrv%2Fpg/klanten", "postgres:///klanten?user=me&host=/srv/pg"],
)
def test_a_folder_with_a_unix_socket_can_be_the_host(url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", url)

    found = environment.database()

    assert found["NAME"] == "klanten"
    places = (found["HOST"], found.get("OPTIONS", {}).get("host"))
    assert "/srv/pg" in places


@pytest.mark.parametrize(
    ("broker", "cache"), [("/0", "/1"), ("", "/1"), ("/", "/1"), ("/6", "/7")]
)
def test_the_cache_is_not_in_the_database_of_celery(broker, cache):
    server = "redis://:geheim@redis:6380"

    assert environment.next_redis_database(server + broker) == server + cache
