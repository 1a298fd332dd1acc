"""Deliver the notifications of the outbox to the Notificaties API."""

from __future__ import annotations

from typing import Any

from ..clients.notificaties import publishing
from ..conf import host_settings
from ..models import OutboxRow
from ..models.notificaties import notifications_service
from .outbox.run import Backoff

KANAAL = "klanten"
RESOURCE = "klant"


def deliver_notification(row: OutboxRow) -> None:
    """Publish a notification.

    Delivery is at-least-once: a notification only says that something changed, and its
    receivers read the klant itself. Without a Notificaties API nothing is sent if the
    suite's setting doesn't guarantee delivery; otherwise the row is retried.
    """
    if host_settings.NOTIFICATIONS_GUARANTEE_DELIVERY or notifications_service():
        publishing.publish(message(row))


def message(row: OutboxRow) -> dict[str, Any]:
    """Return the message in the format of the Notificaties API."""
    payload = row.payload or {}
    content = {
        "kanaal": KANAAL,
        "hoofdObject": row.object_url,
        "resource": RESOURCE,
        "resourceUrl": row.object_url,
        "actie": payload["actie"],
        "aanmaakdatum": row.created_at.isoformat(),
        "kenmerken": {"subjectType": payload["subjectType"]},
    }
    if source := host_settings.NOTIFICATIONS_SOURCE:
        content["source"] = source
    return content


def notification_backoff() -> Backoff:
    """Return the backoff of the host's ``NotificationsConfig``."""
    retries, factor, base, limit = publishing.retry_numbers()
    return Backoff(factor=factor, base=base, limit=limit, retries=retries)
