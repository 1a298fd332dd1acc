"""The configuration page, with the state of the NHR."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import BaseModelAdmin
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.html import format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from solo.admin import SingletonModelAdmin

from ..clients.klanten.subject_services import named_services, serving_others
from ..clients.nhr.budget import budget_is_nearly_spent, budget_is_spent
from ..conf import settings
from ..models import KlantenConfig, NhrBron
from ..sync.nhr.gate import resume
from .nhr_sources import conditions, rhythm, spending
from .read_only import NotMadeByHand
from .services import fitting_services

SERVES_OTHERS = _(
    "%(service)s dient het NHR of notificaties, of heeft een API-root die met die van "
    "zo'n service overlapt: daar wordt een subject nooit met inloggegevens opgevraagd."
)
NEARLY_SPENT = _(
    "Meer dan 80%% van het maandbudget van %(budget)s betaalde aanvragen aan KVK is "
    "gebruikt."
)
SPENT = _(
    "Het maandbudget van %(budget)s betaalde aanvragen aan KVK is op: tot de volgende "
    "maand wordt er bij KVK niets meer opgevraagd, tenzij KLANTEN_NHR_MONTHLY_BUDGET "
    "hoger wordt."
)


class ServiceFields(BaseModelAdmin):
    """Offers only the suitable services for each field."""

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer one of the services, or none."""
        services = fitting_services(db_field.name)
        kwargs |= {"queryset": services, "empty_label": _("Geen")}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer the services with checkboxes."""
        services = fitting_services(db_field.name)
        kwargs |= {"queryset": services, "widget": forms.CheckboxSelectMultiple}
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class NhrBronInline(ServiceFields, admin.StackedInline):
    """The sources, in order of trust.

    Stacked, because fields in a table row have no labels.
    """

    model = NhrBron
    extra = 0
    fields = ("position", "soort", "service", "class_path", "active")

    def formfield_for_choice_field(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer the kinds, after a translated empty choice."""
        choices = db_field.get_choices(blank_choice=[("", _("Kies een soort"))])
        return super().formfield_for_choice_field(
            db_field, request, choices=choices, **kwargs
        )


@admin.register(KlantenConfig)
class KlantenConfigAdmin(NotMadeByHand, ServiceFields, SingletonModelAdmin):
    """The configuration page."""

    inlines = (NhrBronInline,)
    object_history_template = "klanten_plugin/admin/logboek.html"
    readonly_fields = ("nhr_state", "wanneer", "verbruik")
    fieldsets = (
        (_("NHR: stand"), {"fields": ("nhr_state", "wanneer", "verbruik")}),
        (_("NHR: vertegenwoordiger"), {"fields": ("nhr_vertegenwoordiger",)}),
        (_("NHR: signalen"), {"fields": ("nhr_mutatieservice", "nhr_abonnement")}),
        (
            _("Rollen van klanten"),
            {
                "fields": (
                    "contactmomenten_services",
                    "verzoeken_services",
                    "rollen_aliassen",
                    "rollen_beleid",
                )
            },
        ),
        (_("Subjecten"), {"fields": ("subject_services",)}),
    )

    def response_change(
        self, request: HttpRequest, obj: KlantenConfig
    ) -> HttpResponseRedirect:
        """Stay on the page, with a translated message instead of django-solo's."""
        self.message_user(request, _("De configuratie is bewaard."), messages.SUCCESS)
        return HttpResponseRedirect(request.path)

    @admin.display(description=_("stand"))
    def nhr_state(self, config: KlantenConfig) -> str:
        """Return the state of each source, with advice on problems."""
        rows = [(one.state, str(one.bron), one.text) for one in conditions()]
        if not rows:
            return str(_("Er is geen bron van contactgegevens ingesteld."))
        line = '<p class="stand-{}"><strong>{}</strong>: {}</p>'
        return format_html_join("", line, rows)

    @admin.display(description=_("wanneer wordt opgevraagd"))
    def wanneer(self, config: KlantenConfig) -> str:
        """Return when klanten are looked up."""
        return rhythm()

    @admin.display(description=_("verbruik deze maand"))
    def verbruik(self, config: KlantenConfig) -> str:
        """Return the numbers of requests and of paid requests."""
        return spending()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Warn at the top of the page if the budget is nearly spent."""
        if request.method == "GET" and budget_is_nearly_spent():
            text = SPENT if budget_is_spent() else NEARLY_SPENT
            budget = settings.NHR_MONTHLY_BUDGET
            self.message_user(request, text % {"budget": budget}, messages.WARNING)
        title = capfirst(str(self.opts.verbose_name))
        context = {"title": title, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def save_model(
        self, request: HttpRequest, obj: KlantenConfig, form: Any, change: Any
    ) -> None:
        """Save only the changed fields, as workers write others of the same row."""
        concrete = {field.name for field in obj._meta.concrete_fields}
        obj.save(update_fields=sorted(concrete.intersection(form.changed_data)))

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: Any
    ) -> None:
        """Resume stopped sources, because saving confirms that the cause is fixed."""
        super().save_related(request, form, formsets, change)
        for service in serving_others(named_services()):
            text = SERVES_OTHERS % {"service": service.label}
            self.message_user(request, text, messages.WARNING)
        resume()
