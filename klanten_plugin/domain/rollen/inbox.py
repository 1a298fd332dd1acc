"""Process notifications from a Notificaties API."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from ...models import KlantenConfig, ReceivedNotification
from .looks import queue_looks

LEEWAY = timedelta(hours=1)
"""Tolerated clock difference of a sender in the future."""

MAX_AGE = timedelta(days=7)
"""Maximum age of a notification. Notifications are remembered for as long."""

KEPT = 20
"""Number of notifications to remember per object. A replay of an older one only causes
another look at the object."""

BATCH = 1000


@dataclass(frozen=True)
class Notification:
    """The relevant fields of a notification, without its kenmerken."""

    kanaal: str
    resource: str
    resource_url: str
    actie: str
    aanmaakdatum: datetime

    @property
    def is_timely(self) -> bool:
        """Whether it is neither too old nor from the future."""
        age = timezone.now() - self.aanmaakdatum
        return -LEEWAY < age < MAX_AGE

    @property
    def fingerprint(self) -> str:
        """Return a hash that identifies the notification, to detect duplicates.

        It doesn't depend on the time zone or precision of the timestamp.
        """
        parts = (
            self.kanaal,
            self.resource,
            self.resource_url,
            self.actie,
            self.aanmaakdatum.astimezone(UTC).isoformat(),
        )
        return _digest("\n".join(parts))


def take_notification(notification: Notification) -> bool:
    """Queue a check of every object that the notification refers to.

    Return ``False`` for a duplicate. The fingerprint and the outbox rows are saved in
    one transaction. A notification is only a hint: a worker reads the actual state from
    the service. The number of rows per object is bounded, whatever the number of
    notifications.
    """
    with transaction.atomic():
        if not _remember(notification):
            return False
        queue_looks(
            notification.resource, notification.resource_url, notification.actie
        )
    return True


REMEMBER = """
    INSERT INTO klanten_plugin_ontvangenmelding AS known
        (vingerafdruk, fingerprints, received_at)
    VALUES (%(object)s, ARRAY[%(fingerprint)s]::varchar[], statement_timestamp())
    ON CONFLICT (vingerafdruk) DO UPDATE
    SET fingerprints = (EXCLUDED.fingerprints || known.fingerprints)[1:%(kept)s],
        received_at = EXCLUDED.received_at
    WHERE NOT known.fingerprints @> EXCLUDED.fingerprints
"""


def _remember(notification: Notification) -> bool:
    """Store the notification; return ``False`` if it is among the latest of its object.

    Uses one statement, so that only one of two concurrent duplicates is accepted.
    """
    values: dict[str, str | int] = {
        "object": _digest(notification.resource_url),
        "fingerprint": notification.fingerprint,
        "kept": KEPT,
    }
    with connection.cursor() as cursor:
        cursor.execute(REMEMBER, values)
        return bool(cursor.rowcount)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def use_new_secret(secret: str) -> None:
    """Invalidate the old secret of the subscription, because the new one was used.

    Idempotent. Use of the old secret has no effect: a notification that was under way
    during the renewal still has it.
    """
    KlantenConfig.objects.filter(abonnement_new_secret=secret).exclude(
        abonnement_new_secret=""
    ).update(abonnement_secret=secret, abonnement_new_secret="")


def forget_notifications() -> int:
    """Remove rows whose last notification is too old, and return their number."""
    age = MAX_AGE + LEEWAY
    old = ReceivedNotification.objects.filter(received_at__lt=timezone.now() - age)
    removed = 0
    while pks := list(old.values_list("pk", flat=True)[:BATCH]):
        count, _by_model = ReceivedNotification.objects.filter(pk__in=pks).delete()
        removed += count
    return removed
