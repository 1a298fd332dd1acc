"""The system checks: what is missing, and what contradicts itself."""

from __future__ import annotations

import sys
import types
from typing import Any

from django.apps import apps
from django.core.checks import run_checks
from django.db import connection, models

import pytest
from celery import current_app

from klanten_plugin.schedule import RELAY, beat_schedule
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


def ids(*, databases: bool = True) -> set[str]:
    """Of our own messages; each has a hint that says what to do."""
    messages = [
        message
        for message in run_checks(databases=["default"] if databases else None)
        if str(message.id).startswith("klanten_plugin.")
    ]
    assert all(message.hint for message in messages)
    return {str(message.id) for message in messages}


@pytest.fixture
def beat(settings: Any) -> Any:
    """Set what the settings of Celery have beat send."""

    def set_schedule(schedule: Any) -> None:
        # older versions of Celery look in the settings first
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

    @pytest.mark.django_db
    @pytest.mark.parametrize("enabled", [True, False])
    def test_in_the_database(self, beat: Any, periodic: Any, enabled: bool) -> None:
        beat({})
        # without a database to ask there is nothing to say
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

    @pytest.fixture
    def periodic(self, settings: Any, monkeypatch: Any) -> Any:
        """What of django-celery-beat is looked at: the app, and its table."""
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
        # not a check that asks a database that may not be there
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
