"""What an administrator chooses, and how the connection with the NHR is doing."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from solo.admin import SingletonModelAdmin

from ..clients.klanten.subject_services import named_services, serving_others
from ..clients.nhr.limiter import (
    budget_is_nearly_spent,
    budget_is_spent,
    used_this_month,
)
from ..conf import settings
from ..models import KlantenConfig, NhrBron
from ..sync.nhr.stop import resume

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

SUBJECT_FIELDSET: tuple[Any, dict[str, Any]] = (
    _("Subjecten"),
    {"fields": ("subject_services",)},
)
"""Which services give their credentials to ask for a subject."""

SERVES_OTHERS = _(
    "%(service)s dient het NHR of notificaties, of heeft een API-root die met die van "
    "zo'n service overlapt: daar wordt een subject nooit met inloggegevens opgevraagd."
)
NEARLY_SPENT = _(
    "Meer dan 80%% van het maandbudget van %(budget)s aanvragen aan KVK is gebruikt."
)
SPENT = _(
    "Het maandbudget van %(budget)s aanvragen aan KVK is op: tot de volgende maand "
    "wordt er niets meer opgevraagd."
)


class NhrBronInline(admin.TabularInline):
    """The sources, in order of trust."""

    model = NhrBron
    extra = 0
    fields = ("position", "soort", "service", "class_path", "active")


@admin.register(KlantenConfig)
class KlantenConfigAdmin(SingletonModelAdmin):
    """The one page of configuration."""

    inlines = (NhrBronInline,)
    readonly_fields = ("nhr_state", "verbruik")
    fieldsets = (
        (_("NHR: stand"), {"fields": ("nhr_state", "verbruik")}),
        (_("NHR: vertegenwoordiger"), {"fields": ("nhr_vertegenwoordiger",)}),
        (_("NHR: signalen"), {"fields": ("nhr_mutatieservice", "nhr_abonnement")}),
        ROLLEN_FIELDSET,
        SUBJECT_FIELDSET,
    )
    filter_horizontal = (
        "contactmomenten_services",
        "verzoeken_services",
        "subject_services",
    )

    @admin.display(description=_("stand"))
    def nhr_state(self, config: KlantenConfig) -> str:
        """Whether KVK is being asked, and if not, why."""
        if config.nhr_stopped_at is None:
            return str(_("Er wordt opgevraagd wat aan de beurt is."))
        return format_html(
            "<strong>{}</strong> {}: {} {}",
            _("Gestopt"),
            f"{config.nhr_stopped_at:%Y-%m-%d %H:%M}",
            config.nhr_stopped_because,
            _("Los het op en bewaar deze pagina: dan gaat het verder."),
        )

    @admin.display(description=_("verbruik deze maand"))
    def verbruik(self, config: KlantenConfig) -> str:
        """How many requests were made, and how many of them are paid for."""
        used = used_this_month()
        text = _("%(requests)s van %(budget)s aanvragen, waarvan %(paid)s betaald")
        return str(text) % {
            "requests": used.aanvragen,
            "budget": settings.NHR_MONTHLY_BUDGET,
            "paid": used.betaald,
        }

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Warn of a budget that is running out, before anything else is read."""
        if request.method == "GET" and budget_is_nearly_spent():
            text = SPENT if budget_is_spent() else NEARLY_SPENT
            budget = settings.NHR_MONTHLY_BUDGET
            self.message_user(request, text % {"budget": budget}, messages.WARNING)
        return super().change_view(request, *args, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: KlantenConfig, form: Any, change: Any
    ) -> None:
        """Save the fields that were changed: workers write others of the same row."""
        concrete = {field.name for field in obj._meta.concrete_fields}
        obj.save(update_fields=sorted(concrete.intersection(form.changed_data)))

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: Any
    ) -> None:
        """Who saved this has looked at it: go on."""
        super().save_related(request, form, formsets, change)
        for service in serving_others(named_services()):
            text = SERVES_OTHERS % {"service": service.label}
            self.message_user(request, text, messages.WARNING)
        resume()
