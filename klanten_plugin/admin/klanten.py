"""The page of a klant."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from ..models import Klant
from .rollen import KlantRolInline, rollen_ophalen


@admin.register(Klant)
class KlantAdmin(admin.ModelAdmin):
    """Who the klant is, and what it is involved in; changes come through the API."""

    list_display = ("bronorganisatie", "klantnummer", "subject_type")
    list_filter = ("subject_type",)
    search_fields = ("=uuid", "=klantnummer")
    actions = (rollen_ophalen,)
    inlines = (KlantRolInline,)
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not here."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """All of them."""
        return [field.name for field in self.model._meta.fields if field.name != "id"]
