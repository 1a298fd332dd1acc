"""Will the work that waits be done: is there a beat, and a service to speak with?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.checks import (
    CheckMessage,
    Tags,
    Warning as CheckWarning,
    register,
)
from django.utils.translation import gettext as _

from zgw_consumers.constants import AuthTypes
from zgw_consumers.models import Service

from ..clients.klanten.subject_services import named_services, serving_others
from ..conf import (
    limiter_url,
    notifications_are_disabled,
    notifications_are_guaranteed,
)
from ..models import KlantenConfig, NhrBron
from ..models.notificaties import (
    notifications_are_installed,
    notifications_config_model,
    notifications_service,
)
from ..schedule import NHR_PLAN, RELAY
from ..tasks import is_scheduled
from .database import is_migrated

BEAT_APP = "django_celery_beat"


def _no_beat() -> CheckMessage:
    return CheckWarning(
        _(
            "Beat kijkt niet naar de outbox: berichten die de broker niet bereiken, blijven "
            "liggen."
        ),
        hint=_(
            "Voeg klanten_plugin.schedule.beat_schedule() toe aan CELERY_BEAT_SCHEDULE, of "
            "draai regelmatig `manage.py klanten_outbox run`."
        ),
        id="klanten_plugin.W002",
    )


@register()
def check_beat(**kwargs: Any) -> list[CheckMessage]:
    """Beat looks after messages that were lost: the settings say so, or nothing does."""
    if is_scheduled(RELAY) or apps.is_installed(BEAT_APP):
        return []
    return [_no_beat()]


@register(Tags.database)
def check_beat_in_database(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Where beat reads its schedule from the database, it is there."""
    if not (databases and apps.is_installed(BEAT_APP)) or is_scheduled(RELAY):
        return []
    periodic = apps.get_model(BEAT_APP, "PeriodicTask")
    if not is_migrated(periodic):
        return []
    enabled = periodic._default_manager.filter(task=RELAY, enabled=True)
    return [] if enabled.exists() else [_no_beat()]


@register(Tags.database)
def check_notifications(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Notifications that must be delivered have somewhere to go."""
    if (
        not databases
        or not notifications_are_installed()
        or notifications_are_disabled()
        or not notifications_are_guaranteed()
    ):
        return []
    if _has_notifications_service():
        return []
    return [
        CheckWarning(
            _(
                "Er is geen Notificaties API ingesteld: notificaties wachten in de outbox "
                "tot die er is."
            ),
            hint=_(
                "Kies een service in de notificatiesconfiguratie, of zet "
                "NOTIFICATIONS_DISABLED aan."
            ),
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
                _(
                    "Er is niets om aanvragen aan KVK mee te tellen: er wordt niets "
                    "opgevraagd."
                ),
                hint=_(
                    "Zet KLANTEN_NHR_LIMITER_URL op een Redis die alle workers delen."
                ),
                id="klanten_plugin.W004",
            )
        )
    if not is_scheduled(NHR_PLAN):
        found.append(
            CheckWarning(
                _(
                    "Beat zoekt niet naar klanten waarvan de contactgegevens opnieuw "
                    "opgevraagd moeten worden."
                ),
                hint=_(
                    "Voeg klanten_plugin.schedule.beat_schedule() toe aan "
                    "CELERY_BEAT_SCHEDULE, of draai regelmatig "
                    "`manage.py klanten_nhr_refresh --due`."
                ),
                id="klanten_plugin.W005",
            )
        )
    return found


def _has_nhr_source() -> bool:
    if not is_migrated(NhrBron):  # that is another check's
        return False
    return NhrBron.objects.active().exists()


def _has_notifications_service() -> bool:
    if not is_migrated(notifications_config_model()):  # that is another check's
        return True
    return notifications_service() is not None


@register(Tags.database)
def check_services(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The services that were chosen have what they log in with."""
    if not databases or not is_migrated(NhrBron) or not is_migrated(Service):
        return []
    return [
        CheckWarning(
            _("De service {service} heeft geen (volledige) inloggegevens.").format(
                service=service.label
            ),
            hint=_("Vul ze in bij de service, of zet de authenticatie ervan uit."),
            id="klanten_plugin.W012",
        )
        for service in chosen_services()
        if not all(getattr(service, name) for name in NEEDED.get(service.auth_type, ()))
    ]


@register(Tags.database)
def check_subject_services(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """No service that was named for subjects serves the NHR or notifications."""
    if not databases or not is_migrated(NhrBron) or not is_migrated(Service):
        return []
    return [
        CheckWarning(
            _(
                "De service {service} is voor subjecten gekozen, en dient het NHR of "
                "notificaties: er wordt nooit een subject met haar inloggegevens "
                "opgevraagd."
            ).format(service=service.label),
            hint=_(
                "Haal hem in de configuratie van de Klanten API weg bij de subjecten."
            ),
            id="klanten_plugin.W018",
        )
        for service in serving_others(named_services())
    ]


NEEDED: dict[str, tuple[str, ...]] = {
    AuthTypes.zgw: ("client_id", "secret"),
    AuthTypes.api_key: ("header_key", "header_value"),
}
"""What each way to authenticate can't do without."""


def chosen_services() -> list[Service]:
    """Return the services of roles, of sources and of the Mutatieservice, by label."""
    config = KlantenConfig.objects.first()
    if config is None:
        return []
    services = {one for some in config.rollen_services().values() for one in some}
    bronnen = NhrBron.objects.active()
    services |= {bron.service for bron in bronnen} | {config.nhr_mutatieservice}
    services |= set(named_services())
    return sorted(services - {None}, key=lambda service: str(service.label))
