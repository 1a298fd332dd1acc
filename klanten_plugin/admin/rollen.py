"""Roles of klanten, other relations, and the state of their services."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _, ngettext_lazy

from ..clients.rollen.parents import read_parent
from ..domain.rollen.sources import note_success, request_pass, set_aliases
from ..exceptions import RemoteError
from ..models import KlantRol, OtherRelatie, RolBron
from .moments import moment_of
from .paginator import LongList
from .read_only import NotMadeByHand, ReadOnly

UNKNOWN_ROOTS = _(
    "Notificaties noemen onbekende adressen: %(roots)s. Zet ze bij de andere API-roots "
    "van deze bron als ze van deze service zijn."
)

ROL_MOMENTS = tuple(
    moment_of(KlantRol, name)
    for name in ("first_seen_at", "last_seen_at", "retired_at")
)
SEEN_AT = moment_of(OtherRelatie, "seen_at")
LAST_COMPLETE_AT = moment_of(RolBron, "last_complete_at")


class VervallenFilter(admin.SimpleListFilter):
    """Filter on current roles, those without klant, or retired ones."""

    title = _("stand")
    parameter_name = "stand"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [
            ("actueel", _("Actueel")),
            ("loshangend", _("Zonder klant")),
            ("vervallen", _("Vervallen")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[KlantRol]
    ) -> QuerySet[KlantRol]:
        """Filter the roles."""
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
    """The mirrored roles of all klanten."""

    list_display = (
        "klant_of_url",
        "rol_in_woorden",
        "machtiging",
        "betreft_link",
        "bron",
        *ROL_MOMENTS,
    )
    list_filter = (VervallenFilter, "bron")
    list_select_related = ("klant", "bron__service")
    search_fields = ("url",)  # enables the search box
    search_help_text = _("De UUID van een klant, of een volledige URL.")
    change_form_template = "klanten_plugin/admin/rol.html"
    fields = (
        "klant",
        "klant_url",
        "bron",
        "url",
        "betreft",
        "rol_in_woorden",
        "machtiging",
        *ROL_MOMENTS,
    )

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by klant UUID or exact URL, through an index."""
        try:
            return queryset.filter(klant_uuid=UUID(term))
        except ValueError:
            return queryset.filter(Q(url=term) | Q(betreft=term))

    @admin.display(description=_("klant"))
    def klant_of_url(self, rol: KlantRol) -> str:
        """Return the klant, or its UUID or URL if the klant doesn't exist."""
        if rol.klant is not None:
            return str(rol.klant)
        # not in an f-string, where gettext finds no texts on Python 3.11
        nobody = _("geen klant")
        return f"{nobody}: {rol.klant_uuid or rol.klant_url}"

    @admin.display(description=_("rol"))
    def rol_in_woorden(self, rol: KlantRol) -> str:
        """Return the label of the role."""
        return rol.rol_display

    @admin.display(description=_("indicatie machtiging"))
    def machtiging(self, rol: KlantRol) -> str:
        """Return the label of the indicatie machtiging."""
        return rol.indicatie_machtiging_display

    @admin.display(description=_("betreft"))
    def betreft_link(self, rol: KlantRol) -> str:
        """Return a link to the page of the role."""
        url = reverse("admin:klanten_plugin_klantrol_change", args=[rol.pk])
        return format_html('<a href="{}">{}</a>', url, rol.betreft_display)

    # no transaction during the request to the owner
    @method_decorator(transaction.non_atomic_requests)
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show the role, with data of the contactmoment or verzoek at its owner."""
        rol = self.get_object(request, object_id)
        if rol is not None and self.has_view_permission(request, rol):
            extra_context = {**(extra_context or {}), **_parent_of(rol)}
        return super().change_view(request, object_id, form_url, extra_context)


def _parent_of(rol: KlantRol) -> dict[str, Any]:
    """Return the contactmoment or verzoek for the page, or the error."""
    try:
        parent = read_parent(rol.bron, rol.betreft)
    except RemoteError as error:
        return {"parent": None, "parent_error": str(error)}
    gone = _("Bestaat daar niet (meer).")
    return {"parent": parent, "parent_error": gone if parent is None else ""}


@admin.register(OtherRelatie)
class OtherRelatieAdmin(ReadOnly, LongList):
    """The relations that aren't mirrored, with the reasons."""

    list_display = ("url_of_relatie", "reason", "klant_url", "bron", SEEN_AT)
    list_filter = ("bron", "reason")
    list_select_related = ("bron__service",)
    search_fields = ("url",)  # enables the search box
    search_help_text = _("Een volledige URL, van de relatie of van de klant.")
    fields = (
        "bron",
        "reason",
        "url",
        "klant_url",
        "betreft",
        "rol",
        "indicatie_machtiging",
        SEEN_AT,
    )

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by exact URL."""
        return queryset.filter(Q(url=term) | Q(klant_url=term))

    @admin.display(description=_("relatie"))
    def url_of_relatie(self, other: OtherRelatie) -> str:
        """Return the URL, if any."""
        return other.url or "-"


@admin.register(RolBron)
class RolBronAdmin(NotMadeByHand, LongList):
    """The services with roles, with progress and errors."""

    list_display = (
        "__str__",
        "active",
        LAST_COMPLETE_AT,
        "aantallen",
        "rollen_nu",
        "toestand",
    )
    list_select_related = ("service",)
    actions = ("afstemmen",)
    fields = (
        "service",
        "soort",
        "aliases",
        "onbekende_adressen",
        "active",
        LAST_COMPLETE_AT,
        moment_of(RolBron, "looked_at"),
        "aantallen",
        "rollen_nu",
        "toestand",
        "overige_relaties",
        moment_of(RolBron, "pass_started_at"),
        moment_of(RolBron, "paused_until"),
    )

    def get_readonly_fields(
        self, request: HttpRequest, obj: RolBron | None = None
    ) -> list[Any]:
        """Return all fields except the other API roots."""
        return [name for name in self.fields if name != "aliases"]

    def save_model(
        self, request: HttpRequest, obj: RolBron, form: Any, change: Any
    ) -> None:
        """Save the other API roots, and queue a pass."""
        if "aliases" in form.changed_data:
            set_aliases(obj, obj.aliases)

    @admin.display(description=_("onbekende adressen in notificaties"))
    def onbekende_adressen(self, bron: RolBron) -> str:
        """Return the unknown roots in notifications, with counts."""
        return ", ".join(str(root) for root in bron.unknown_roots.all()) or "-"

    @admin.display(description=_("overige relaties"))
    def overige_relaties(self, bron: RolBron) -> str:
        """Return a link to the relations that aren't mirrored."""
        url = reverse("admin:klanten_plugin_otherrelatie_changelist")
        count = bron.other_relaties.count()
        return format_html(
            '<a href="{}?bron__id__exact={}">{}</a>', url, bron.pk, count
        )

    @admin.display(description=_("aantallen bij die afstemming"))
    def aantallen(self, bron: RolBron) -> str:
        """Return the figures of the last complete pass."""
        return bron.counts_in_words() or "-"

    @admin.display(description=_("rollen nu"))
    def rollen_nu(self, bron: RolBron) -> int:
        """Return the number of current roles."""
        return bron.rollen.filter(retired_at=None).count()

    @admin.display(description=_("toestand"))
    def toestand(self, bron: RolBron) -> str:
        """Return the problem of the service, or else its progress, in words."""
        return condition_of(bron)

    @admin.action(description=_("Nu volledig afstemmen"), permissions=["change"])
    def afstemmen(self, request: HttpRequest, queryset: QuerySet[RolBron]) -> None:
        """Queue full passes of the services, including paused ones."""
        bronnen = list(queryset.filter(active=True))
        for bron in bronnen:
            note_success(bron)
            request_pass(bron)
        text = ngettext_lazy(
            "%(count)d service wordt afgestemd.",
            "%(count)d services worden afgestemd.",
            "count",
        )
        self.message_count(request, text, len(bronnen))


def condition_of(bron: RolBron) -> str:
    """Return the problem of the service, or else its progress, in words."""
    errors = dict.fromkeys(filter(None, (bron.call_error, bron.pass_error)))
    if errors:
        return " ".join(errors)
    if roots := ", ".join(str(root) for root in bron.unknown_roots.all()):
        return str(UNKNOWN_ROOTS) % {"roots": roots}
    return _progress_of(bron)


def _progress_of(bron: RolBron) -> str:
    if bron.pass_state is not None:
        pages = bron.pass_state["walk"]["pages"]
        return str(_("Wordt afgestemd: %(pages)d pagina's gelezen.")) % {"pages": pages}
    if bron.last_complete_at is None:
        return str(_("Nog nooit volledig afgestemd."))
    return str(_("In orde."))
