"""The number of klanten, stored as deltas."""

from __future__ import annotations

from django.contrib.postgres.functions import RandomUUID
from django.db import models


class KlantCount(models.Model):
    """The change of the number of klanten by one statement. Only written by triggers.

    The primary key is random. Logical replication needs a primary key to replicate a
    DELETE, but doesn't replicate sequences, so a promoted subscriber would reuse values
    of a sequence.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    change = models.BigIntegerField(editable=False)

    class Meta:
        default_permissions = ()
        verbose_name = "wijziging van het aantal klanten"
        verbose_name_plural = "wijzigingen van het aantal klanten"

    def __str__(self) -> str:
        return f"{self.change:+}"
