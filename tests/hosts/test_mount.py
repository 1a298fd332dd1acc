"""Both ways to add the API to a host that can't be edited."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.urls import clear_url_caches, reverse

import pytest

from klanten_plugin.contrib.mount import (
    MIDDLEWARE,
    STEPS,
    URLCONF,
    additions,
    from_environment,
    mount_if_asked,
    mount_path,
)
from klanten_plugin.contrib.overlay import host_settings, overlay
from klanten_plugin.schedule import RELAY, beat_schedule

ROOT = Path(__file__).resolve().parents[2]
HOST = "tests.hosts.suite.settings"
OVERLAY = {
    "DJANGO_SETTINGS_MODULE": "klanten_plugin.contrib.openzaak",
    "KLANTEN_HOST_SETTINGS": HOST,
}
OWN_CACHE = ["klanten_plugin.W053"]
"""The host's cache is per process. No other check warns."""

MOUNTED = {"DJANGO_SETTINGS_MODULE": "tests.hosts.suite.mounted"}

LOOK = """
import json, os, django
django.setup()
from celery import current_app
from django.conf import settings
from django.core.checks import run_checks
from django.urls import NoReverseMatch, get_resolver, resolve, reverse

def url(name, **kwargs):
    try:
        return reverse(name, kwargs=kwargs)
    except NoReverseMatch:
        return None

print(json.dumps({
    "list": url("klant-list", version="1"),
    "host": url("zaken:zaak-list"),
    "admin": url("admin:klanten_plugin_klant_changelist"),
    "rest": resolve("/anything/else").func.__module__,
    "handler404": get_resolver().resolve_error_handler(404).__module__,
    "middleware": list(settings.MIDDLEWARE),
    "beat": sorted(entry["task"] for entry in current_app.conf.beat_schedule.values()),
    "steps": list(settings.SETUP_CONFIGURATION_STEPS),
    "in_use": settings.SETTINGS_IN_USE,
    "after": os.environ["DJANGO_SETTINGS_MODULE"],
    "lease": settings.KLANTEN_OUTBOX_LEASE if hasattr(settings, "KLANTEN_OUTBOX_LEASE") else None,
    "checks": [m.id for m in run_checks() if str(m.id).startswith("klanten_plugin")],
}))
"""


def look(**environ: str) -> Any:
    """Return the state of a process of this host."""
    names = ("PATH", "HOME", "DATABASE_URL", "PYTHONPYCACHEPREFIX")
    known = {name: os.environ[name] for name in names if name in os.environ}
    done = subprocess.run(  # noqa: S603 - our own Python, our own arguments
        [sys.executable, "-c", LOOK],
        env={**known, "SECRET_KEY": "x" * 50, **environ},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("environ", "path", "in_use"),
    [
        (OVERLAY, "/klanten/api/v1/klanten", HOST),
        (OVERLAY | {"KLANTEN_MOUNT": "/kic/"}, "/kic/v1/klanten", HOST),
        (
            MOUNTED | {"KLANTEN_MOUNT": "yes"},
            "/klanten/api/v1/klanten",
            "tests.hosts.suite.mounted",
        ),
        (
            MOUNTED | {"KLANTEN_MOUNT": "a/b"},
            "/a/b/v1/klanten",
            "tests.hosts.suite.mounted",
        ),
    ],
    ids=["overlay", "overlay elsewhere", "mounted", "mounted elsewhere"],
)
def test_it_is_there(environ: dict[str, str], path: str, in_use: str) -> None:
    found = look(**environ, KLANTEN_OUTBOX_LEASE="60")

    assert found["checks"] == OWN_CACHE
    assert found["list"] == path
    assert found["admin"] == "/admin/klanten_plugin/klant/"
    assert found["lease"] == 60
    assert found["middleware"][0] == MIDDLEWARE
    assert set(found["beat"]) == {"suite.own", *beat_schedule()}
    assert found["steps"][-len(STEPS) :] == list(STEPS)
    # the host's own settings aren't changed
    assert found["host"] == "/zaken/api/v1/zaken"
    assert found["rest"] == found["handler404"] == "tests.hosts.suite.urls"
    assert found["in_use"] == in_use
    assert found["after"] == environ["DJANGO_SETTINGS_MODULE"]


def test_a_worker_below_a_path() -> None:
    found = look(**MOUNTED, KLANTEN_MOUNT="yes", SUBPATH="/oz")
    assert found["list"] == "/oz/klanten/api/v1/klanten"
    assert found["checks"] == OWN_CACHE


def test_it_is_off_by_default() -> None:
    found = look(**MOUNTED)

    assert found["list"] is None
    assert MIDDLEWARE not in found["middleware"]
    assert found["beat"] == ["suite.own"]
    # the log filter isn't enabled either
    assert {"klanten_plugin.W009", "klanten_plugin.W013"} <= {*found["checks"]}


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("", ""),
        ("no", ""),
        ("0", ""),
        ("yes", "klanten/api/"),
        ("True", "klanten/api/"),
        ("klanten/api/", "klanten/api/"),
        (" /oz/klanten ", "oz/klanten/"),
    ],
)
def test_where(value: str, path: str) -> None:
    assert mount_path(value) == path


def test_settings_laid_over_those_of_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KLANTEN_MOUNT", raising=False)
    before = os.environ["DJANGO_SETTINGS_MODULE"]
    host = host_settings(HOST)
    found = overlay(HOST)

    assert os.environ["DJANGO_SETTINGS_MODULE"] == before
    assert found["INSTALLED_APPS"] == [*host["INSTALLED_APPS"], "klanten_plugin"]
    assert found["KLANTEN_MOUNT"] == "klanten/api/"
    # the host's own list, without additions
    added = {"INSTALLED_APPS", *additions(host, "klanten/api/")}
    assert {n: v for n, v in found.items() if n not in added} == {
        n: v for n, v in host.items() if n not in added
    }


def test_the_variable_is_unset_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")
    host_settings(HOST)
    assert "DJANGO_SETTINGS_MODULE" not in os.environ


def test_a_process_mounts_it(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, URLCONF, raising=False)
    settings.ROOT_URLCONF = "tests.hosts.suite.urls"
    settings.KLANTEN_MOUNT = ""
    monkeypatch.delenv("KLANTEN_MOUNT", raising=False)
    assert not mount_if_asked()

    settings.KLANTEN_MOUNT = "/kic"
    assert mount_if_asked()

    try:
        assert reverse("klant-list", kwargs={"version": "1"}) == "/kic/v1/klanten"
        assert reverse("zaken:zaak-list") == "/zaken/api/v1/zaken"
    finally:
        sys.modules.pop(URLCONF, None)
        clear_url_caches()


def test_a_second_time_changes_nothing() -> None:
    host = {
        "ROOT_URLCONF": "host.urls",
        "MIDDLEWARE": ("host.Middleware",),
        "CELERY_BEAT_SCHEDULE": {RELAY: {"task": RELAY, "schedule": 5}},
        "SETUP_CONFIGURATION_STEPS": ("host.Step",),
    }
    once = host | additions(host, "klanten/api/")
    twice = once | additions(once, "klanten/api/")

    assert twice == once
    assert once["ROOT_URLCONF"] == URLCONF
    assert once["KLANTEN_HOST_URLCONF"] == "host.urls"
    # the host's own value takes precedence
    assert once["CELERY_BEAT_SCHEDULE"][RELAY]["schedule"] == 5


def test_a_host_with_the_least() -> None:
    changed = additions({"ROOT_URLCONF": "host.urls", "MIDDLEWARE": []}, "klanten/")

    assert "SETUP_CONFIGURATION_STEPS" not in changed
    assert set(changed["CELERY_BEAT_SCHEDULE"]) == set(beat_schedule())


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("KLANTEN_NHR_MONTHLY_BUDGET", "50", 50),
        ("KLANTEN_SUBJECT_TIMEOUT", "0.5", 0.5),
        ("KLANTEN_NHR_REMOVE_SHIELDED", "ja", True),
        ("KLANTEN_NHR_REMOVE_SHIELDED", "off", False),
        ("KLANTEN_SUBJECT_HOSTS", "services", "services"),
        ("KLANTEN_KLANTNUMMER_RANGE", "10, 99", (10, 99)),
        (
            "KLANTEN_NHR_NO_WEBSITE",
            "https://a.nl,https://b.nl",
            ("https://a.nl", "https://b.nl"),
        ),
        # a check reports it
        ("KLANTEN_NHR_MONTHLY_BUDGET", "veel", "veel"),
        ("KLANTEN_NHR_REMOVE_SHIELDED", "misschien", "misschien"),
        ("KLANTEN_KLANTNUMMER_RANGE", "10-99", "10-99"),
    ],
)
def test_settings_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: Any
) -> None:
    for other in [n for n in os.environ if n.startswith("KLANTEN_")]:
        monkeypatch.delenv(other)
    monkeypatch.setenv(name, text)

    assert from_environment({}) == {name: value}
    # the host's settings take precedence
    assert from_environment({name: "its own"}) == {}


def test_an_app_that_is_missing_is_named() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from django.conf import settings; import django\n"
            "settings.configure(INSTALLED_APPS=['rest_framework', 'klanten_plugin'])\n"
            "django.setup()",
        ],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "klanten_plugin.E002" in done.stderr
    assert "vng_api_common.audittrails" in done.stderr.splitlines()[-1]
