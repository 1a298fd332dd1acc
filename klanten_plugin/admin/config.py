"""The one row of configuration."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from solo.admin import SingletonModelAdmin

from ..models import KlantenConfig

ROLLEN_FIELDSET: tuple[Any, dict[str, Any]] = (
    _("Rollen van klanten"),
    {
        "fields": (
            "contactmomenten_services",
            "verzoeken_services",
            "rollen_aliassen",
            "rollen_beleid",
        )
    },
)
"""Which services hold roles, and how they know us."""


@admin.register(KlantenConfig)
class KlantenConfigAdmin(SingletonModelAdmin):
    """What an administrator chooses."""

    fieldsets = (ROLLEN_FIELDSET,)
    filter_horizontal = ("contactmomenten_services", "verzoeken_services")
