"""What klanten are involved in, and how the services that say so are doing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _, ngettext

from ..domain.rollen.sources import note_success, request_pass
from ..models import KlantRol, RolBron
from .paginator import LongList
from .read_only import NotMadeByHand, ReadOnly


class VervallenFilter(admin.SimpleListFilter):
    """Current roles, those without klant, or those that are gone."""

    title = _("stand")
    parameter_name = "stand"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The three questions that an administrator has."""
        return [
            ("actueel", _("Actueel")),
            ("loshangend", _("Zonder klant")),
            ("vervallen", _("Vervallen")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[KlantRol]
    ) -> QuerySet[KlantRol]:
        """The roles that are asked for."""
        rollen = KlantRol.objects.all()
        answers = {
            "actueel": rollen.current(),
            "loshangend": rollen.dangling(),
            "vervallen": rollen.exclude(retired_at=None),
        }
        chosen = answers.get(self.value() or "")
        return queryset if chosen is None else queryset & chosen


@admin.register(KlantRol)
class KlantRolAdmin(ReadOnly, LongList):
    """The mirrored roles, of all klanten."""

    list_display = (
        "klant_of_url",
        "rol_in_woorden",
        "machtiging",
        "betreft_link",
        "bron",
        "first_seen_at",
        "last_seen_at",
        "retired_at",
    )
    list_filter = (VervallenFilter, "bron")
    list_select_related = ("klant", "bron__service")
    search_fields = ("url",)  # there is a box to search in
    search_help_text = _("De UUID van een klant, of een volledige URL.")
    fields = (
        "klant",
        "klant_url",
        "bron",
        "url",
        "betreft",
        "rol_in_woorden",
        "machtiging",
        "first_seen_at",
        "last_seen_at",
        "retired_at",
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[KlantRol], search_term: str
    ) -> tuple[QuerySet[KlantRol], bool]:
        """Of a klant, or with exactly this URL: each by an index of its own."""
        term = search_term.strip()
        if not term:
            return queryset, False
        try:
            return queryset.filter(klant_uuid=UUID(term)), False
        except ValueError:
            return queryset.filter(Q(url=term) | Q(betreft=term)), False

    @admin.display(description=_("klant"))
    def klant_of_url(self, rol: KlantRol) -> str:
        """The klant; its URL where there is no such klant (any more)."""
        if rol.klant is not None:
            return str(rol.klant)
        # not in an f-string, where no tool finds the text on Python 3.11
        nobody = _("geen klant")
        return f"{nobody}: {rol.klant_url}"

    @admin.display(description=_("rol"))
    def rol_in_woorden(self, rol: KlantRol) -> str:
        """Also what no standard knows."""
        return rol.rol_display

    @admin.display(description=_("indicatie machtiging"))
    def machtiging(self, rol: KlantRol) -> str:
        """In words."""
        return rol.indicatie_machtiging_display

    @admin.display(description=_("betreft"))
    def betreft_link(self, rol: KlantRol) -> str:
        """Where the contactmoment or verzoek is."""
        return format_html(
            '<a href="{0}" rel="noreferrer noopener">{0}</a>', rol.betreft
        )


@admin.register(RolBron)
class RolBronAdmin(NotMadeByHand, admin.ModelAdmin):
    """One row for each service: how far it is, and what is wrong."""

    list_display = (
        "__str__",
        "active",
        "last_complete_at",
        "aantallen",
        "rollen_nu",
        "toestand",
    )
    list_select_related = ("service",)
    actions = ("afstemmen",)
    fields = readonly_fields = (
        "service",
        "soort",
        "active",
        "last_complete_at",
        "aantallen",
        "rollen_nu",
        "toestand",
        "pass_started_at",
        "paused_until",
    )

    @admin.display(description=_("laatste volledige afstemming"))
    def aantallen(self, bron: RolBron) -> str:
        """The counts of that pass."""
        parts = [f"{name}: {count}" for name, count in bron.counts.items()]
        return ", ".join(parts) or "-"

    @admin.display(description=_("rollen nu"))
    def rollen_nu(self, bron: RolBron) -> int:
        """How many are mirrored and current."""
        return bron.rollen.filter(retired_at=None).count()

    @admin.display(description=_("toestand"))
    def toestand(self, bron: RolBron) -> str:
        """What is wrong, in words; else what is going on."""
        return condition_of(bron)

    @admin.action(description=_("Nu volledig afstemmen"), permissions=["change"])
    def afstemmen(self, request: HttpRequest, queryset: QuerySet[RolBron]) -> None:
        """Have a worker read the services, also those that are left alone just now."""
        bronnen = list(queryset.filter(active=True))
        for bron in bronnen:
            note_success(bron)
            request_pass(bron)
        text = ngettext(
            "%(count)d service wordt afgestemd.",
            "%(count)d services worden afgestemd.",
            len(bronnen),
        )
        level = messages.SUCCESS if bronnen else messages.WARNING
        self.message_user(request, text % {"count": len(bronnen)}, level)


def condition_of(bron: RolBron) -> str:
    """What is wrong, in words; else what is going on."""
    errors = dict.fromkeys(filter(None, (bron.call_error, bron.pass_error)))
    if errors:
        return " ".join(errors)
    if bron.pass_state is not None:
        pages = bron.pass_state["walk"]["pages"]
        return str(_("Wordt afgestemd: %(pages)d pagina's gelezen.")) % {"pages": pages}
    if bron.last_complete_at is None:
        return str(_("Nog nooit volledig afgestemd."))
    return str(_("In orde."))
