"""Checks of the configured services."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.checks import CheckMessage

from zgw_consumers.constants import AuthTypes
from zgw_consumers.models import Service

from ..clients.klanten.subject_services import named_services, serving_others
from ..conf import host_settings
from ..models import KlantenConfig, NhrBron
from ..models.notificaties import (
    notifications_are_installed,
    notifications_config_model,
    notifications_service,
)
from .messages import database_check, found, is_migrated

NEEDED: dict[str, tuple[str, ...]] = {
    AuthTypes.zgw: ("client_id", "secret"),
    AuthTypes.api_key: ("header_key", "header_value"),
}
"""Required fields by type of authentication."""


@database_check
def check_notifications() -> Iterator[CheckMessage]:
    """Check that a Notificaties API is configured if notifications are enabled."""
    if (
        notifications_are_installed()
        and not host_settings.NOTIFICATIONS_DISABLED
        and host_settings.NOTIFICATIONS_GUARANTEE_DELIVERY
        and is_migrated(notifications_config_model())
        and notifications_service() is None
    ):
        yield found("W003")


@database_check
def check_services() -> Iterator[CheckMessage]:
    """Check that the configured services have credentials."""
    for service in chosen_services():
        needed = NEEDED.get(service.auth_type, ())
        if not all(getattr(service, name) for name in needed):
            yield found("W012", service=service.label)


@database_check
def check_subject_services() -> Iterator[CheckMessage]:
    """Check that no service for subjects also serves the NHR or notifications."""
    for service in serving_others(named_services()):
        yield found("W018", service=service.label)


def chosen_services() -> list[Service]:
    """Return all configured services, ordered by label."""
    config = KlantenConfig.objects.first()
    if config is None:
        return []
    services = {one for some in config.rollen_services().values() for one in some}
    bronnen = NhrBron.objects.active()
    services |= {bron.service for bron in bronnen} | {config.nhr_mutatieservice}
    services |= set(named_services())
    return sorted(services - {None}, key=lambda service: str(service.label))
