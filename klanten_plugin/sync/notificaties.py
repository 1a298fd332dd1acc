"""Deliver the notifications of the outbox to the Notificaties API."""

from __future__ import annotations

from typing import Any

from ..clients.notificaties import publishing
from ..conf import notifications_are_guaranteed, notifications_source
from ..models import OutboxRow
from .outbox.run import Backoff

KANAAL = "klanten"
RESOURCE = "klant"


def deliver_notification(row: OutboxRow) -> None:
    """Publish one message.

    Twice does no harm: a notification says that something changed, and its receiver
    looks at the klant itself. Without a Notificaties API, and without the suite's
    guarantee of delivery, there is nobody to tell, as in the suite itself.
    """
    if notifications_are_guaranteed() or publishing.service_is_configured():
        publishing.publish(message(row))


def message(row: OutboxRow) -> dict[str, Any]:
    """The message as the Notificaties API takes it."""
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
    if source := notifications_source():
        content["source"] = source
    return content


def notification_backoff() -> Backoff:
    """The numbers of the host's NotificationsConfig."""
    retries, factor, base, limit = publishing.retry_numbers()
    return Backoff(factor=factor, base=base, limit=limit, retries=retries)
