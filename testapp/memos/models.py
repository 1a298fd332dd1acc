"""The model of the second API component."""

import uuid

from django.db import models

from vng_api_common.caching import ETagMixin
from vng_api_common.models import APIMixin


class Memo(ETagMixin, APIMixin, models.Model):
    """A short text with a subject line."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    onderwerp = models.CharField(max_length=100)
    tekst = models.TextField(blank=True)
    aangemaakt = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = "memo"
        verbose_name_plural = "memo's"

    def __str__(self) -> str:
        return self.onderwerp

    def unique_representation(self) -> str:
        """Return the name of this memo for the audit trail."""
        return f"Memo {self.uuid}"
