"""Take a notification that a Notificaties API delivers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from ...conf import settings
from ...models import KlantenConfig, ReceivedNotification
from .looks import queue_looks

LEEWAY = timedelta(hours=1)
"""How far the clock of a sender may be ahead."""

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
        """The same for the same notification, however often it is sent."""
        parts = (
            self.kanaal,
            self.resource,
            self.resource_url,
            self.actie,
            self.aanmaakdatum.isoformat(),
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def take_notification(notification: Notification) -> bool:
    """Have a worker look at what it says; ``False`` for one that was taken before.

    In one transaction: the fingerprint, and the outbox rows of the looks. A
    notification is a hint: what is true, a worker asks of the service itself.
    """
    fingerprint = notification.fingerprint
    try:
        with transaction.atomic():
            ReceivedNotification.objects.create(fingerprint=fingerprint)
            queue_looks(
                notification.resource, notification.resource_url, notification.actie
            )
    except IntegrityError:
        return False
    return True


def use_new_secret(secret: str) -> None:
    """Have only the new secret of the subscription hold, now that it was used.

    Idempotent. The old one being used says nothing: a notification that was under way
    while the subscription was renewed still has it.
    """
    KlantenConfig.objects.filter(abonnement_new_secret=secret).exclude(
        abonnement_new_secret=""
    ).update(abonnement_secret=secret, abonnement_new_secret="")


def forget_notifications() -> int:
    """Remove fingerprints of notifications that are too old to be taken; how many."""
    age = timedelta(seconds=settings.CALLBACK_MAX_AGE) + LEEWAY
    old = ReceivedNotification.objects.filter(received_at__lt=timezone.now() - age)
    removed = 0
    while pks := list(old.values_list("pk", flat=True)[:BATCH]):
        count, _by_model = ReceivedNotification.objects.filter(pk__in=pks).delete()
        removed += count
    return removed
