"""The host's configuration of notifications, read without its cache.

``notifications_api_common`` is optional, so its model is looked up at each call.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps

from zgw_consumers.models import Service

from ..constants import NOTIFICATIONS_APP


def notifications_are_installed() -> bool:
    """Whether the host has the app that configures notifications."""
    return apps.is_installed(NOTIFICATIONS_APP)


def notifications_config() -> Any:
    """Return the host's ``NotificationsConfig``, or an unsaved instance.

    Raises ``LookupError`` if the app isn't installed.
    """
    model = notifications_config_model()
    found = model._default_manager.select_related("notifications_api_service").first()
    return found or model(pk=model.singleton_instance_id)


def notifications_config_model() -> Any:
    """Return the model. Raises ``LookupError`` if the app isn't installed."""
    return apps.get_model(NOTIFICATIONS_APP, "NotificationsConfig")


def notifications_service() -> Service | None:
    """Return the Notificaties API that the host publishes to, or ``None``."""
    if not notifications_are_installed():
        return None
    service: Service | None = notifications_config().notifications_api_service
    return service
