"""System checks: what is missing or contradicts itself in the host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.checks import (
    CheckMessage,
    Error,
    Tags,
    Warning as CheckWarning,
    register,
)
from django.db import DatabaseError, connection
from django.db.models import Model

from .conf import (
    limiter_url,
    notifications_are_disabled,
    notifications_are_guaranteed,
    settings,
)
from .domain.notifications import NOTIFICATIONS_APP
from .models import NhrBron
from .schedule import NHR_PLAN, RELAY
from .tasks import is_scheduled

BEAT_APP = "django_celery_beat"

SUBJECT_HOSTS = ("public", "services", "all")


@register()
def check_subject_hosts(**kwargs: Any) -> list[CheckMessage]:
    """``KLANTEN_SUBJECT_HOSTS`` has a value that is known, and a safe one."""
    value = settings.SUBJECT_HOSTS
    if value not in SUBJECT_HOSTS:
        return [
            Error(
                f"KLANTEN_SUBJECT_HOSTS is {value!r}.",
                hint=f"Kies uit {', '.join(SUBJECT_HOSTS)}.",
                id="klanten_plugin.E001",
            )
        ]
    if value == "all":
        return [
            CheckWarning(
                "Consumers kunnen met `subject` in het interne netwerk laten kijken.",
                hint="Zet KLANTEN_SUBJECT_HOSTS op public, en registreer interne "
                "bronnen als service.",
                id="klanten_plugin.W001",
            )
        ]
    return []


NO_BEAT = CheckWarning(
    "Beat kijkt niet naar de outbox: berichten die de broker niet bereiken, blijven "
    "liggen.",
    hint="Voeg klanten_plugin.schedule.beat_schedule() toe aan CELERY_BEAT_SCHEDULE, of "
    "draai regelmatig `manage.py klanten_outbox run`.",
    id="klanten_plugin.W002",
)


@register()
def check_beat(**kwargs: Any) -> list[CheckMessage]:
    """Beat looks after messages that were lost: the settings say so, or nothing does."""
    if is_scheduled(RELAY) or apps.is_installed(BEAT_APP):
        return []
    return [NO_BEAT]


@register(Tags.database)
def check_beat_in_database(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Where beat reads its schedule from the database, it is there."""
    if not (databases and apps.is_installed(BEAT_APP)) or is_scheduled(RELAY):
        return []
    periodic = apps.get_model(BEAT_APP, "PeriodicTask")
    if not _is_migrated(periodic):
        return []
    enabled = periodic._default_manager.filter(task=RELAY, enabled=True)
    return [] if enabled.exists() else [NO_BEAT]


@register(Tags.database)
def check_notifications(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Notifications that must be delivered have somewhere to go."""
    if (
        not databases
        or not apps.is_installed(NOTIFICATIONS_APP)
        or notifications_are_disabled()
        or not notifications_are_guaranteed()
    ):
        return []
    if _has_notifications_service():
        return []
    return [
        CheckWarning(
            "Er is geen Notificaties API ingesteld: notificaties wachten in de outbox "
            "tot die er is.",
            hint="Kies een service in de notificatiesconfiguratie, of zet "
            "NOTIFICATIONS_DISABLED aan.",
            id="klanten_plugin.W003",
        )
    ]


@register(Tags.database)
def check_nhr(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """What is needed to ask KVK within its contract is there, where it is asked."""
    if not databases or not _has_nhr_source():
        return []
    found: list[CheckMessage] = []
    if not limiter_url():
        found.append(
            CheckWarning(
                "Er is niets om aanvragen aan KVK mee te tellen: er wordt niets "
                "opgevraagd.",
                hint="Zet KLANTEN_NHR_LIMITER_URL op een Redis die alle workers delen.",
                id="klanten_plugin.W004",
            )
        )
    if not is_scheduled(NHR_PLAN):
        found.append(
            CheckWarning(
                "Beat zoekt niet naar klanten waarvan de contactgegevens opnieuw "
                "opgevraagd moeten worden.",
                hint="Voeg klanten_plugin.schedule.beat_schedule() toe aan "
                "CELERY_BEAT_SCHEDULE, of draai regelmatig "
                "`manage.py klanten_nhr_refresh --due`.",
                id="klanten_plugin.W005",
            )
        )
    return found


def _has_nhr_source() -> bool:
    if not _is_migrated(NhrBron):  # that is another check's
        return False
    return NhrBron.objects.filter(actief=True).exists()


def _has_notifications_service() -> bool:
    config = apps.get_model(NOTIFICATIONS_APP, "NotificationsConfig")
    if not _is_migrated(config):  # that is another check's
        return True
    configured = config._default_manager.filter(notifications_api_service__isnull=False)
    return bool(configured.exists())


def _is_migrated(model: type[Model]) -> bool:
    """Whether its table is there: these checks run before each ``migrate``, too."""
    try:
        return model._meta.db_table in connection.introspection.table_names()
    except DatabaseError:  # nor is the database
        return False
