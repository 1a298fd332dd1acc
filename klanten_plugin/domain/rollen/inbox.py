"""Take a notification that a Notificaties API delivers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from ...conf import settings
from ...models import KlantenConfig, ReceivedNotification
from .looks import queue_looks

LEEWAY = timedelta(hours=1)
"""How far the clock of a sender may be ahead."""

KEPT = 20
"""Notifications that are remembered of each object. An older one that is sent again only
has the object looked at once more."""

BATCH = 1000


@dataclass(frozen=True)
class Notification:
    """What counts of a notification; its kenmerken aren't kept."""

    kanaal: str
    resource: str
    resource_url: str
    actie: str
    aanmaakdatum: datetime

    @property
    def is_timely(self) -> bool:
        """Whether it isn't older than what is remembered, nor from the future."""
        age = timezone.now() - self.aanmaakdatum
        return -LEEWAY < age < timedelta(seconds=settings.CALLBACK_MAX_AGE)

    @property
    def fingerprint(self) -> str:
        """The same for the same notification, however often it is sent.

        Also where its moment is written in another time zone or precision.
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
    """Have a worker look at what it says; ``False`` for one that was taken before.

    In one transaction: the fingerprint, and the outbox rows of the looks. A
    notification is a hint: what is true, a worker asks of the service itself. Both have
    at most so many rows for an object, whatever number of notifications it gets.
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
    """Whether this notification is none of the last that were taken of its object.

    One statement, so that of two at the same moment one is taken.
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
    """Have only the new secret of the subscription hold, now that it was used.

    Idempotent. The old one being used says nothing: a notification that was under way
    while the subscription was renewed still has it.
    """
    KlantenConfig.objects.filter(abonnement_new_secret=secret).exclude(
        abonnement_new_secret=""
    ).update(abonnement_secret=secret, abonnement_new_secret="")


def forget_notifications() -> int:
    """Remove the rows of objects whose last notification is too old; how many."""
    age = timedelta(seconds=settings.CALLBACK_MAX_AGE) + LEEWAY
    old = ReceivedNotification.objects.filter(received_at__lt=timezone.now() - age)
    removed = 0
    while pks := list(old.values_list("pk", flat=True)[:BATCH]):
        count, _by_model = ReceivedNotification.objects.filter(pk__in=pks).delete()
        removed += count
    return removed
