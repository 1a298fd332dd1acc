"""Installations with one problem: the doctor identifies it, and suggests a remedy.

Each case is a problem of real installations.
"""

from __future__ import annotations

import contextlib
import io
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection

import pytest
from celery import current_app
from celery.contrib.testing.worker import start_worker
from vng_api_common.authorizations.models import Applicatie
from zgw_consumers.models import Service

from klanten_plugin.constants import OutboxKind, OutboxState
from klanten_plugin.models import KlantenConfig, NhrBron, OutboxRow
from klanten_plugin.schedule import RELAY, beat_schedule
from klanten_plugin.sync.outbox.heartbeat import KEY
from tests.notificaties import (
    change_service,
    configure,
    needs_notifications,
    notifications,
    nrc,
)
from tests.rollen.conftest import choose, cm, cm_process
from tests.test_checks import AUTH, OURS, OWN_VERSION, SUITE, urlconf_of

__all__ = ["cm", "cm_process", "notifications", "nrc"]

pytestmark = pytest.mark.django_db

NOWHERE = "http://127.0.0.1:1/"


class Host:
    """The parts that a case can break."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self.use = request.getfixturevalue
        self.finally_do = request.addfinalizer
        self.settings: Any = self.use("settings")
        self.monkeypatch: pytest.MonkeyPatch = self.use("monkeypatch")

    def sql(self, statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    def without_app(self, name: str) -> None:
        names = self.settings.INSTALLED_APPS
        self.settings.INSTALLED_APPS = [app for app in names if app != name]

    def celery(self, name: str, value: Any) -> None:
        """Change a setting of Celery for one test."""
        before = getattr(current_app.conf, name)
        self.finally_do(lambda: setattr(current_app.conf, name, before))
        setattr(current_app.conf, name, value)

    def schedule(self, entries: Any) -> None:
        self.celery("beat_schedule", entries)
        self.settings.CELERY_BEAT_SCHEDULE = entries

    def mounted(self, urlpatterns: list[Any]) -> None:
        self.settings.ROOT_URLCONF = urlconf_of(urlpatterns)

    def cache(self, backend: str) -> None:
        path = f"django.core.cache.backends.{backend}"
        self.settings.CACHES = {"default": {"BACKEND": path}}

    def source(self, **fields: Any) -> None:
        kvk = self.use("kvk")
        Service.objects.filter(api_root__startswith=kvk.root).update(**fields)

    def roles(self, **fields: Any) -> None:
        choose(self.use("cm"))
        services = KlantenConfig.get_solo().contactmomenten_services
        services.update(**fields)

    def notificaties(self, **fields: Any) -> None:
        self.use("nrc")
        change_service(**fields)

    def routed(self) -> None:
        """Route our tasks to a queue without consumers."""
        self.use("worker")
        amqp = current_app.amqp
        # The instance caches the router. This is called last, when the setting has its
        # old value again.
        self.finally_do(lambda: forget_routes(amqp))
        self.celery("task_routes", {"klanten_plugin.*": {"queue": "unread"}})
        forget_routes(amqp)


def forget_routes(amqp: Any) -> None:
    """Discard the cached router."""
    amqp.flush_routes()
    amqp.__dict__.pop("router", None)


def no_site_domain(host: Host) -> None:
    del host.settings.SITE_DOMAIN


def no_notificaties(host: Host) -> None:
    host.use("notifications")
    configure(notifications_api_service=None)


def nhr_without_beat(host: Host) -> None:
    host.use("kvk")
    host.schedule({"relay": beat_schedule()[RELAY]})


def given_up(host: Host) -> None:
    OutboxRow.objects.create(
        kind=OutboxKind.ROL_BRON, object_key="1", state=OutboxState.GIVEN_UP
    )


def no_counter(host: Host) -> None:
    host.use("kvk")
    host.settings.KLANTEN_NHR_LIMITER_URL = "redis://127.0.0.1:1/0"


def own_class(host: Host) -> None:
    NhrBron.objects.create(
        config=KlantenConfig.get_solo(), soort="eigen", class_path="not.there"
    )


needs_admin = pytest.mark.skipif(
    not apps.is_installed("django.contrib.admin"), reason="the host has no admin"
)
Break = Callable[[Host], object]
ELSEWHERE = "redis://127.0.0.1:1/0"

CASES: dict[str, tuple[str, str, Break]] = {
    # settings
    "site domain missing": ("W050", "SITE_DOMAIN", no_site_domain),
    "site domain with a scheme": (
        *("W051", "https://"),
        lambda host: setattr(host.settings, "SITE_DOMAIN", "https://zgw.nl"),
    ),
    "site domain not allowed": (
        *("W014", "KLANTEN_PUBLIC_URL"),
        lambda host: setattr(host.settings, "SITE_DOMAIN", "elsewhere.nl"),
    ),
    "misspelled setting": (
        *("W010", "naam"),
        lambda host: setattr(host.settings, "KLANTEN_OUTBOX_LEES", 1),
    ),
    "setting of the wrong type": (
        *("E008", "zoals"),
        lambda host: setattr(host.settings, "KLANTEN_OUTBOX_LEASE", "long"),
    ),
    "public URL without a scheme": (
        *("E009", "https://zgw.example.nl"),
        lambda host: setattr(host.settings, "KLANTEN_PUBLIC_URL", "zgw.nl"),
    ),
    "no time zones": (
        *("E010", "USE_TZ"),
        lambda host: setattr(host.settings, "USE_TZ", False),
    ),
    "tokens not read": (
        *("E003", AUTH),
        lambda host: setattr(host.settings, "MIDDLEWARE", [OWN_VERSION]),
    ),
    "API not mounted": ("W009", "ROOT_URLCONF", lambda host: host.mounted([SUITE])),
    "suite not mounted": ("E007", "ref/", lambda host: host.mounted([OURS])),
    "no cache": ("W052", "CACHES", lambda host: host.cache("dummy.DummyCache")),
    "cache of one process": (
        *("W053", "CACHES"),
        lambda host: host.cache("locmem.LocMemCache"),
    ),
    # database
    "table gone": (
        *("W019", "back-up"),
        lambda host: host.sql("ALTER TABLE klanten_plugin_klantrol RENAME TO gone"),
    ),
    "trigger gone": (
        *("W017", "klanten_database --mend"),
        lambda host: host.sql(
            "DROP TRIGGER klanten_plugin_klant_changed ON klanten_plugin_klant"
        ),
    ),
    "trigger disabled": (
        *("W017", "klanten_database --mend"),
        lambda host: host.sql(
            "ALTER TABLE klanten_plugin_klant DISABLE TRIGGER klanten_plugin_klant_changed"
        ),
    ),
    "not migrated": (
        *("D003", "migrate"),
        lambda host: host.sql(
            "DELETE FROM django_migrations WHERE app = 'klanten_plugin'"
        ),
    ),
    # Celery
    "eager Celery": (
        *("W054", "worker"),
        lambda host: host.celery("task_always_eager", True),
    ),
    "broker away": (
        *("D005", "CELERY_BROKER_URL"),
        lambda host: host.monkeypatch.setenv("CELERY_BROKER_WRITE_URL", ELSEWHERE),
    ),
    "no worker": (
        *("D006", "worker"),
        lambda host: host.monkeypatch.setenv("CELERY_BROKER_WRITE_URL", "memory://"),
    ),
    "queue that nobody reads": ("D008", "unread", Host.routed),
    "beat has no schedule": ("W002", "beat_schedule", lambda host: host.schedule({})),
    "beat doesn't keep bitmaps": (
        *("W021", "klanten_index"),
        lambda host: host.schedule({"relay": beat_schedule()[RELAY]}),
    ),
    "beat never seen": ("D009", "beat", lambda host: cache.delete(KEY)),
    "beat stopped": (
        *("D010", "beat"),
        lambda host: cache.set(KEY, time.time() - 3600),
    ),
    "beat doesn't look at the NHR": ("W005", "nhr_refresh", nhr_without_beat),
    "rows given up": ("D011", "klanten_outbox", given_up),
    # other systems
    "no application": ("D004", "kc", lambda host: Applicatie.objects.all().delete()),
    "wrong key of KVK": (
        *("D020", "sleutel"),
        lambda host: host.source(header_value="wrong"),
    ),
    "no key of KVK": (
        "W012",
        "authenticatie",
        lambda host: host.source(header_value=""),
    ),
    "KVK away": ("D021", "bereiken", lambda host: host.source(api_root=NOWHERE)),
    "counter away": ("D017", "KLANTEN_NHR_LIMITER_URL", no_counter),
    "own class of a source missing": ("D023", "klanten_setup", own_class),
    "wrong secret of roles": (
        *("D020", "secret"),
        lambda host: host.roles(secret="another secret of thirty-two characters"),
    ),
    "roles away": ("D021", "bereiken", lambda host: host.roles(api_root=NOWHERE)),
}
OF_THE_ADMIN: dict[str, tuple[str, str, Break]] = {
    "solo not installed": ("W055", "solo", lambda host: host.without_app("solo")),
    "privates not installed": (
        *("W055", "privates"),
        lambda host: host.without_app("privates"),
    ),
}
NOTIFIED: dict[str, tuple[str, str, Break]] = {
    "no Notificaties": ("W003", "NOTIFICATIONS_DISABLED", no_notificaties),
    "wrong secret of Notificaties": (
        *("D020", "secret"),
        lambda host: host.notificaties(secret="another secret that is long enough"),
    ),
    "Notificaties away": (
        *("D021", "bereiken"),
        lambda host: host.notificaties(api_root=NOWHERE),
    ),
    "kanaal not registered": ("D013", "register_kanalen", lambda host: host.use("nrc")),
}


@pytest.fixture(scope="module")
def worker() -> Iterator[None]:
    """A worker with our tasks, on the broker of the tests."""
    with start_worker(current_app, perform_ping_check=False, pool="solo"):
        yield


@pytest.fixture
def doctor() -> Callable[[], dict[str, dict[str, str]]]:
    """Return the ids of the doctor's findings."""

    def run() -> dict[str, dict[str, str]]:
        output = io.StringIO()
        with contextlib.suppress(SystemExit):
            call_command("klanten_doctor", "--json", "--timeout", "0.5", stdout=output)
        findings = json.loads(output.getvalue())["findings"]
        return {row["id"]: row for row in findings if row["id"]}

    return run


@pytest.mark.parametrize(
    "case",
    [
        *CASES,
        *(pytest.param(one, marks=needs_admin) for one in OF_THE_ADMIN),
        *(pytest.param(one, marks=needs_notifications) for one in NOTIFIED),
    ],
)
def test_one_thing_is_broken(
    case: str, request: pytest.FixtureRequest, doctor: Any
) -> None:
    code, mend, break_it = {**CASES, **OF_THE_ADMIN, **NOTIFIED}[case]
    break_it(Host(request))
    found = doctor()
    row = found[f"klanten_plugin.{code}"]
    assert mend in row["advice"]
    # an error by the operator
    assert "klanten_plugin.D025" not in found
