"""Klanten that may be the same person or organisation, found by a nightly task."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from ..constants import DuplicateKind


class PossibleDuplicate(models.Model):
    """Klanten that have one value in common, by their primary keys.

    Made anew every day. The value isn't kept, and no key is a foreign key: the page
    that shows a group reads its klanten, and leaves out those that are gone.
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
