"""Bitmaps of the klanten that have a value which very many klanten share.

Counting klanten in an index takes a tenth of a microsecond each, which at a million
klanten exceeds the rest of a request. See ``domain/klanten/bitmaps.py``.

The primary keys are random for the same reason as those of :class:`KlantCount`.
"""

from __future__ import annotations

from django.contrib.postgres.functions import RandomUUID
from django.db import models

from .bits import BitsField


class SharedValue(models.Model):
    """A filter value that has bitmaps.

    ``lookup`` is the name of a field, or of a group and its field. If ``lookup`` and
    ``value`` are empty, the bitmaps are those of all klanten.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    lookup = models.CharField(max_length=100, editable=False)
    value = models.TextField(editable=False)

    class Meta:
        default_permissions = ()
        verbose_name = "waarde van veel klanten"
        verbose_name_plural = "waarden van veel klanten"

    def __str__(self) -> str:
        return self.lookup


class KlantBitmap(models.Model):
    """A bitmap of 8192 successive primary keys of klanten, for one value.

    The first bit of block ``n`` is the klant with primary key ``n * 8192``.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    value = models.ForeignKey(
        SharedValue, on_delete=models.CASCADE, db_index=False, editable=False
    )
    block = models.BigIntegerField(editable=False)
    bits = BitsField(editable=False)

    class Meta:
        default_permissions = ()
        verbose_name = "bitmap van klanten"
        verbose_name_plural = "bitmaps van klanten"
        constraints = [
            models.UniqueConstraint(
                fields=["value", "block"], name="klanten_bitmap_uniek"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value_id} {self.block}"


class ChangedKlant(models.Model):
    """A klant that changed since the bitmaps were built. Only written by triggers.

    It has no foreign key, because the klant may have been deleted.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    klant_id = models.BigIntegerField(editable=False)

    class Meta:
        default_permissions = ()
        verbose_name = "gewijzigde klant"
        verbose_name_plural = "gewijzigde klanten"

    def __str__(self) -> str:
        return str(self.klant_id)
