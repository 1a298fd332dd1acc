"""Possible duplicates: klanten that may be the same person or organisation."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from ..constants import DuplicateKind


class PossibleDuplicate(models.Model):
    """The primary keys of klanten that share a value.

    An hourly task rebuilds all rows. The value itself isn't stored, and the keys aren't
    foreign keys: the page of a group reads its klanten and skips missing ones.
    """

    kind = models.CharField(
        _("overeenkomst"), max_length=16, choices=DuplicateKind.choices
    )
    klanten = ArrayField(models.BigIntegerField(), verbose_name=_("klanten"))
    count = models.PositiveIntegerField(_("aantal"))
    found_at = models.DateTimeField(_("gevonden"), db_default=Now())

    class Meta:
        verbose_name = _("mogelijke dubbele klant")
        verbose_name_plural = _("mogelijke dubbele klanten")
        ordering = ["pk"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.count})"
