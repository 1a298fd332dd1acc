"""Notifications of changes: kanaal ``klanten``, resource ``klant``."""

from __future__ import annotations

from ..conf import host_settings
from ..constants import OutboxKind
from ..models import Klant
from ..models.notificaties import notifications_are_installed
from .outbox import add_row

CREATE, UPDATE, DESTROY = "create", "update", "destroy"
"""The acties of the official document. PUT and PATCH are both an update."""


def notify(klant: Klant, url: str, actie: str) -> None:
    """Queue a notification in this transaction, to be sent after earlier ones.

    Does nothing if the host has no notifications, or has disabled them. The payload has
    the data that a later change or deletion of the klant would remove. A missing type
    is "", because receivers refuse ``null``.
    """
    if host_settings.NOTIFICATIONS_DISABLED or not notifications_are_installed():
        return
    add_row(
        OutboxKind.NOTIFICATION,
        str(klant.uuid),
        object_url=url,
        payload={"actie": actie, "subjectType": klant.subject_type},
    )
