"""Tell subscribers that a klant changed: kanaal ``klanten``, resource ``klant``."""

from __future__ import annotations

from ..conf import notifications_are_disabled
from ..constants import OutboxKind
from ..models import Klant
from ..models.notificaties import notifications_are_installed
from .outbox import add_row

CREATE, UPDATE, DESTROY = "create", "update", "destroy"
"""The acties of the official document; every change, whole or in part, is an update."""


def notify(klant: Klant, url: str, actie: str) -> None:
    """Have a notification sent if this transaction commits, after the earlier ones.

    Nothing is written where the host has no notifications, or has disabled them. What
    is kept for the message is what a later change or the removal of the klant would
    take away; a type that isn't set is "", because receivers refuse ``null``.
    """
    if notifications_are_disabled() or not notifications_are_installed():
        return
    add_row(
        OutboxKind.NOTIFICATION,
        str(klant.uuid),
        object_url=url,
        payload={"actie": actie, "subjectType": klant.subject_type},
    )
