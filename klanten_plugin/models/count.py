"""The number of klanten, kept as the sum of its changes."""

from __future__ import annotations

from django.contrib.postgres.functions import RandomUUID
from django.db import models


class KlantCount(models.Model):
    """What a statement changed of the number of klanten; written by triggers alone.

    The key is random, because logical replication needs one to replicate a DELETE, and
    doesn't replicate sequences: a subscriber that becomes the primary would give the
    numbers of one once more.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    change = models.BigIntegerField(editable=False)

    class Meta:
        default_permissions = ()
        verbose_name = "wijziging van het aantal klanten"
        verbose_name_plural = "wijzigingen van het aantal klanten"

    def __str__(self) -> str:
        return f"{self.change:+}"
