"""Which klanten have the values that very many klanten share, as bitmaps.

Counting them in an index costs a tenth of a microsecond each: a million of them is more
than all the rest of a request. See ``domain/klanten/bitmaps.py``.

The keys are random for the reason that those of the number of klanten are.
"""

from __future__ import annotations

from django.contrib.postgres.functions import RandomUUID
from django.db import models

from .bits import BitsField


class SharedValue(models.Model):
    """A value of a filter for which there are bitmaps.

    ``lookup`` is the name of the field, or that of a group and its field. With both
    texts empty the bitmaps are those of all klanten.
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
    """Of 8192 successive keys of klanten, those that have a value.

    The first bit of block ``n`` is the klant with key ``n * 8192``.
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
    """A klant that changed since the bitmaps were made; written by triggers alone.

    There is no foreign key, because the klant may be gone.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    klant_id = models.BigIntegerField(editable=False)

    class Meta:
        default_permissions = ()
        verbose_name = "gewijzigde klant"
        verbose_name_plural = "gewijzigde klanten"

    def __str__(self) -> str:
        return str(self.klant_id)
