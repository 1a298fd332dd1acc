"""The system checks: missing and contradictory configuration."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection, connections, models
from django.urls import include, path
from django.utils.module_loading import import_string

import pytest
from celery import current_app
from zgw_consumers.models import Service

import klanten_plugin
from klanten_plugin.findings import KINDS
from klanten_plugin.models import KlantenConfig
from klanten_plugin.schedule import INDEX, NHR_PLAN, RELAY, beat_schedule
from tests.nhr import Peer as Register, make_service
from tests.notificaties import (
    Peer,
    configure,
    needs_notifications,
    notifications,
    nrc,
)

__all__ = ["notifications", "nrc"]

SUBJECT_HOSTS = {"klanten_plugin.E001", "klanten_plugin.W001"}
BEAT = "klanten_plugin.W002"
NO_SERVICE = "klanten_plugin.W003"


def ids(*, databases: bool = True, deploy: bool = False) -> set[str]:
    """Return the ids of our messages, each of which must have a hint with a remedy."""
    messages = [
        message
        for message in run_checks(
            databases=["default"] if databases else None,
            include_deployment_checks=deploy,
        )
        if str(message.id).startswith("klanten_plugin.")
    ]
    assert all(message.hint for message in messages)
    return {str(message.id) for message in messages}


@pytest.fixture
def beat(settings: Any) -> Any:
    """Set the schedule of beat in Celery's settings."""

    def set_schedule(schedule: Any) -> None:
        # older versions of Celery use the settings first
        settings.CELERY_BEAT_SCHEDULE = schedule
        current_app.conf.beat_schedule = schedule

    before = current_app.conf.beat_schedule
    yield set_schedule
    current_app.conf.beat_schedule = before


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("public", set()),
        ("services", set()),
        ("all", {"klanten_plugin.W001"}),
        ("everything", {"klanten_plugin.E001"}),
        (None, {"klanten_plugin.E001"}),
    ],
)
def test_subject_hosts(settings: Any, value: Any, expected: set[str]) -> None:
    settings.KLANTEN_SUBJECT_HOSTS = value
    assert ids(databases=False) & SUBJECT_HOSTS == expected


class TestBeat:
    @pytest.mark.parametrize(
        ("schedule", "complains"),
        [
            (beat_schedule(), False),
            ({"anything": {"task": RELAY, "schedule": 5}}, False),
            ({}, True),
            (None, True),
            ({RELAY: {"task": "another"}}, True),
            ({"odd": object()}, True),
        ],
    )
    def test_in_the_settings(self, beat: Any, schedule: Any, complains: bool) -> None:
        beat(schedule)
        assert (BEAT in ids(databases=False)) is complains

    @pytest.mark.parametrize(
        ("tasks", "complains"),
        [([RELAY], True), ([RELAY, INDEX], False), ([INDEX], False), ([], False)],
    )
    def test_the_bitmaps(self, beat: Any, tasks: list[str], complains: bool) -> None:
        """Without any beat, another check warns."""
        beat({task: {"task": task, "schedule": 20} for task in tasks})
        assert ("klanten_plugin.W021" in ids(databases=False)) is complains

    @pytest.mark.django_db
    def test_the_bitmaps_in_the_database(self, beat: Any, periodic: Any) -> None:
        beat({})
        with connection.schema_editor() as editor:
            editor.create_model(periodic)
        periodic.objects.create(task=RELAY, enabled=True)
        assert "klanten_plugin.W021" in ids()
        periodic.objects.create(task=INDEX, enabled=True)
        assert "klanten_plugin.W021" not in ids()

    @pytest.mark.django_db
    @pytest.mark.parametrize("enabled", [True, False])
    def test_in_the_database(self, beat: Any, periodic: Any, enabled: bool) -> None:
        beat({})
        # without access to the database there is no message
        assert BEAT not in ids(databases=False)
        with connection.schema_editor() as editor:
            editor.create_model(periodic)
        assert BEAT in ids()
        periodic.objects.create(task=RELAY, enabled=enabled)
        assert (BEAT in ids()) is not enabled

    @pytest.mark.django_db
    def test_a_database_that_is_not_migrated(self, beat: Any, periodic: Any) -> None:
        beat({})
        assert BEAT not in ids()

    @pytest.mark.django_db
    def test_the_nhr_in_the_database(self, beat: Any, periodic: Any, kvk: Any) -> None:
        beat({})
        with connection.schema_editor() as editor:
            editor.create_model(periodic)
        assert "klanten_plugin.W005" in ids()
        periodic.objects.create(task=NHR_PLAN, enabled=True)
        assert "klanten_plugin.W005" not in ids()

    @pytest.fixture
    def periodic(self, settings: Any, monkeypatch: Any) -> Any:
        """Make the app and the table of django-celery-beat available."""
        name = "django_celery_beat"
        module = types.ModuleType(name)
        module.__path__ = []
        monkeypatch.setitem(sys.modules, name, module)
        module.__file__ = __file__
        settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, name]

        class PeriodicTask(models.Model):
            task = models.CharField(max_length=200)
            enabled = models.BooleanField()

            class Meta:
                app_label = name

            def __str__(self) -> str:
                return self.task

        yield PeriodicTask
        apps.all_models.pop(name)


@needs_notifications
@pytest.mark.django_db
class TestService:
    def test_there_is_one(self, nrc: Peer) -> None:
        assert NO_SERVICE not in ids()

    def test_there_is_none(self, notifications: None) -> None:
        configure(notifications_api_service=None)
        assert NO_SERVICE in ids()
        # not a check that uses a database, which may be unavailable
        assert NO_SERVICE not in ids(databases=False)

    @pytest.mark.parametrize(
        ("name", "value"),
        [("NOTIFICATIONS_DISABLED", True), ("NOTIFICATIONS_GUARANTEE_DELIVERY", False)],
    )
    def test_none_is_needed(
        self, notifications: None, settings: Any, name: str, value: bool
    ) -> None:
        configure(notifications_api_service=None)
        setattr(settings, name, value)
        assert NO_SERVICE not in ids()

    def test_a_database_that_is_not_migrated(self, notifications: None) -> None:
        configure(notifications_api_service=None)
        table = "notifications_api_common_notificationsconfig"
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
        assert NO_SERVICE not in ids()


def test_a_host_without_notifications_needs_no_service(settings: Any) -> None:
    settings.NOTIFICATIONS_DISABLED = False
    settings.INSTALLED_APPS = [
        app for app in settings.INSTALLED_APPS if app != "notifications_api_common"
    ]
    assert NO_SERVICE not in ids(databases=False)


def test_each_id_is_explained_on_the_page() -> None:
    page = (Path(klanten_plugin.__file__).parents[1] / "docs" / "checks.md").read_text()
    headings = re.findall(r"^### klanten_plugin\.(\S+)$", page, re.MULTILINE)
    rows = re.findall(r"^\| (D\d{3}) ", page, re.MULTILINE)

    assert len([*headings, *rows]) == len({*headings, *rows})
    # it is raised before gettext and the list can be used
    assert {*headings, *rows} == {"E002", *KINDS}


def test_each_finding_is_used() -> None:
    package = Path(klanten_plugin.__file__).parent
    folders = (package / "checks", package / "management" / "doctor")
    code = "".join(
        path.read_text() for folder in folders for path in folder.rglob("*.py")
    )
    assert set(re.findall(r'"([DEW]\d{3})"', code)) == set(KINDS)


OWN_VERSION = "klanten_plugin.api.middleware.APIVersionMiddleware"
AUTH = "vng_api_common.authorizations.middleware.AuthMiddleware"
SUITE_RENDERER = "djangorestframework_camel_case.render.CamelCaseJSONRenderer"
HOST_VERSION = "vng_api_common.middleware.APIVersionHeaderMiddleware"


class OwnAuthMiddleware(import_string(AUTH)):
    """A host's subclass of the suite's."""


@pytest.mark.parametrize(
    ("middleware", "expected"),
    [
        ([OWN_VERSION, AUTH, HOST_VERSION], set()),
        ([OWN_VERSION, f"{__name__}.OwnAuthMiddleware"], set()),
        ([AUTH, OWN_VERSION], set()),
        ([OWN_VERSION, "is.not.there"], {"klanten_plugin.E003"}),
        ([AUTH], {"klanten_plugin.W006"}),
        ([HOST_VERSION, OWN_VERSION, AUTH], {"klanten_plugin.W007"}),
        ([], {"klanten_plugin.E003", "klanten_plugin.W006"}),
    ],
)
def test_middleware(settings: Any, middleware: list[str], expected: set[str]) -> None:
    settings.MIDDLEWARE = middleware
    of_middleware = {f"klanten_plugin.{name}" for name in ("E003", "W006", "W007")}
    assert ids(databases=False) & of_middleware == expected


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 0),
        ({"EXCEPTION_HANDLER": "rest_framework.views.exception_handler"}, 1),
        ({"DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]}, 1),
        ({"DEFAULT_RENDERER_CLASSES": [import_string(SUITE_RENDERER)]}, 0),
        ({"EXCEPTION_HANDLER": None, "DEFAULT_RENDERER_CLASSES": None}, 2),
        ({"EXCEPTION_HANDLER": "is.not.there"}, 1),
    ],
)
def test_rest_framework(settings: Any, changes: dict[str, Any], count: int) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, **changes}
    found = [m for m in run_checks() if m.id == "klanten_plugin.W008"]
    assert len(found) == count


OURS = path("klanten/api/", include("klanten_plugin.api.urls"))
SUITE = path("ref/", include("vng_api_common.urls"))
SPACED = path("a/", include(([OURS], "inner"), namespace="inner"))


def urlconf_of(urlpatterns: list[Any]) -> Any:
    """Return a module with these patterns, for ROOT_URLCONF."""
    urlconf = types.ModuleType("an_urlconf")
    urlconf.urlpatterns = urlpatterns
    return urlconf


@pytest.mark.parametrize(
    ("urlpatterns", "expected"),
    [
        ([OURS, SUITE], set()),
        ([SUITE], {"klanten_plugin.W009"}),
        ([OURS], {"klanten_plugin.E007"}),
        ([path("x/", include(([OURS], "x"))), SUITE], {"klanten_plugin.E006"}),
        ([path("y/", include(([SPACED], "y"))), SUITE], {"klanten_plugin.E006"}),
    ],
)
def test_urls(settings: Any, urlpatterns: list[Any], expected: set[str]) -> None:
    settings.ROOT_URLCONF = urlconf_of(urlpatterns)
    of_urls = {f"klanten_plugin.{name}" for name in ("E006", "E007", "W009")}
    assert ids(databases=False) & of_urls == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KLANTEN_MAX_BODY_BYTES", "1000"),
        ("KLANTEN_MAX_BODY_BYTES", -1),
        ("KLANTEN_MAX_BODY_BYTES", True),
        ("KLANTEN_SUBJECT_TIMEOUT", None),
        ("KLANTEN_NHR_REMOVE_SHIELDED", "yes"),
        ("KLANTEN_NHR_LIMITER_URL", 5),
        ("KLANTEN_NHR_NO_WEBSITE", "https://onbekend.invalid"),
        ("KLANTEN_KLANTNUMMER_RANGE", (2, 1)),
        ("KLANTEN_KLANTNUMMER_RANGE", (1, 100_000_000)),
        ("KLANTEN_KLANTNUMMER_RANGE", (1, 2, 3)),
        ("KLANTEN_KLANTNUMMER_RANGE", ("1", "2")),
        ("KLANTEN_KLANTNUMMER_RANGE", 5),
    ],
)
def test_a_value_of_the_wrong_kind(settings: Any, name: str, value: Any) -> None:
    setattr(settings, name, value)
    wrong = [m.msg for m in run_checks() if m.id == "klanten_plugin.E008"]
    assert len(wrong) == 1
    assert wrong[0].startswith(name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KLANTEN_SUBJECT_TIMEOUT", 3),
        ("KLANTEN_KLANTNUMMER_RANGE", [1, 99_999_999]),
        ("KLANTEN_NHR_NO_WEBSITE", []),
    ],
)
def test_a_value_that_will_do(settings: Any, name: str, value: Any) -> None:
    setattr(settings, name, value)
    assert "klanten_plugin.E008" not in ids(databases=False)


def test_a_name_that_nobody_knows(settings: Any) -> None:
    assert "klanten_plugin.W010" not in ids(databases=False)
    settings.KLANTEN_OUTBOX_LEASSE = 5
    assert "klanten_plugin.W010" in ids(databases=False)


def test_another_database(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "klanten_plugin.E005" not in ids(databases=False)
    monkeypatch.setattr(connections["default"], "vendor", "sqlite")
    assert "klanten_plugin.E005" in ids(databases=False)


MANIFEST = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"


def test_static_files_that_were_not_collected(settings: Any, tmp_path: Path) -> None:
    uncollected = "klanten_plugin.W020"
    assert uncollected not in ids(databases=False)
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": MANIFEST}}
    # without the admin no page needs them
    has_admin = apps.is_installed("django.contrib.admin")
    assert (uncollected in ids(databases=False)) is has_admin

    if has_admin:
        call_command("collectstatic", interactive=False, verbosity=0)
    staticfiles_storage.__init__()  # type: ignore[misc]  # reads the manifest anew
    assert uncollected not in ids(databases=False)


@pytest.mark.django_db
def test_migrations() -> None:
    assert "klanten_plugin.W011" not in ids(deploy=True)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'klanten_plugin'")
    assert "klanten_plugin.W011" in ids(deploy=True)
    # not before each `migrate`
    assert "klanten_plugin.W011" not in ids()


@pytest.mark.django_db
class TestCredentials:
    def test_a_source_without_a_key(self, kvk: Register) -> None:
        assert "klanten_plugin.W012" not in ids()
        Service.objects.filter(api_root__startswith=kvk.root).update(header_value="")
        assert "klanten_plugin.W012" in ids()

    @pytest.mark.parametrize("auth_type", ["zgw", "no_auth"])
    def test_roles(self, auth_type: str) -> None:
        service = make_service("http://127.0.0.1:1/")
        Service.objects.update(auth_type=auth_type, secret="")
        KlantenConfig.get_solo().verzoeken_services.add(service)
        assert ("klanten_plugin.W012" in ids()) is (auth_type == "zgw")

    def test_what_was_not_chosen_is_nothing_of_ours(self) -> None:
        make_service("http://127.0.0.1:1/", key="")
        assert "klanten_plugin.W012" not in ids()

    @pytest.mark.parametrize("auth_type", ["zgw", "no_auth"])
    def test_subjects(self, auth_type: str) -> None:
        service = make_service("http://127.0.0.1:1/")
        Service.objects.update(auth_type=auth_type, secret="")
        KlantenConfig.get_solo().subject_services.add(service)
        assert ("klanten_plugin.W012" in ids()) is (auth_type == "zgw")

    def test_a_source_of_the_nhr_for_subjects(self, kvk: Register) -> None:
        assert "klanten_plugin.W018" not in ids()
        service = Service.objects.get(api_root__startswith=kvk.root)
        KlantenConfig.get_solo().subject_services.add(service)
        assert "klanten_plugin.W018" in ids()


@pytest.mark.django_db
class TestNhr:
    def test_nothing_to_count_with(self, kvk: Register, settings: Any) -> None:
        assert "klanten_plugin.W004" not in ids()
        settings.KLANTEN_NHR_LIMITER_URL = ""
        settings.CELERY_BROKER_URL = "amqp://localhost"
        assert "klanten_plugin.W004" in ids()

    def test_nobody_looks_what_is_due(self, kvk: Register, beat: Any) -> None:
        beat(beat_schedule())
        assert "klanten_plugin.W005" not in ids()
        beat({})
        assert "klanten_plugin.W005" in ids()
