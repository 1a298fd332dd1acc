"""The model admin of klanten: list, columns, filters and actions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from ...domain.klanten.representation import subject_of
from ...models import Klant, NhrState
from ...models.groups import group_paths
from ...sync.rollen.keep import request_klant
from ..moments import readable_moment
from ..nhr import have_asked
from .bsn import masked
from .changelist import (
    LAST_CHANGE,
    NAME_ORDER,
    BronorganisatieFilter,
    KlantChangeList,
    NhrFilter,
)
from .deletion import deletion_list_page
from .detail import name_of
from .history import may_view
from .pages import KlantPages

MOST_AT_ONCE = 1000
"""Maximum number of klanten for an action."""


@admin.register(Klant)
class KlantAdmin(KlantPages):
    """The klanten, for functional administrators."""

    list_display = (
        "klantnummer",
        "naam",
        "subject_type",
        "nummer",
        "plaats",
        "gewijzigd",
        "nhr",
    )
    list_display_links = ("klantnummer", "naam")
    list_filter = ("subject_type", NhrFilter, BronorganisatieFilter)
    list_select_related = ("nhr_state", *group_paths(Klant))
    ordering = ("-pk",)
    sortable_by = ("naam", "gewijzigd")
    actions = ("verversen", "rollen_ophalen", "verwijderlijst")
    change_list_template = "klanten_plugin/admin/klanten.html"

    @admin.display(description=_("naam"), ordering=NAME_ORDER)
    def naam(self, klant: Klant) -> str:
        """Return the display name."""
        return name_of(klant) or "-"

    @admin.display(description=_("identificatie"))
    def nummer(self, klant: Klant) -> str:
        """Return the number of the subject, with a masked BSN."""
        subject: Any = subject_of(klant)
        if subject is None:
            return "-"
        names = ("inn_nnp_id", "vestigings_nummer")
        numbers = [getattr(subject, name, "") for name in names]
        return (
            next(filter(None, numbers), "")
            or masked(getattr(subject, "inp_bsn", ""))
            or "-"
        )

    @admin.display(description=_("woonplaats"))
    def plaats(self, klant: Klant) -> str:
        """Return the town of the address."""
        adres = getattr(klant, "adres", None)
        return adres.woonplaatsnaam if adres else ""

    @admin.display(description=_("laatst gewijzigd"), ordering=LAST_CHANGE)
    def gewijzigd(self, klant: Klant) -> str:
        """Return the time of the newest audit line."""
        return readable_moment(getattr(klant, "last_change", None)) or "-"

    @admin.display(description=_("NHR"))
    def nhr(self, klant: Klant) -> str:
        """Return the last outcome of the NHR."""
        state = getattr(klant, "nhr_state", None)
        return state.get_outcome_display() if state else "-"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the list that searches by the session."""
        return KlantChangeList

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Return the filters, without the NHR for users without permission."""
        return [
            each
            for each in self.list_filter
            if each is not NhrFilter or may_view(request, NhrState)
        ]

    def get_list_display(self, request: HttpRequest) -> Any:
        """Return the columns, without the NHR for users without permission."""
        return [
            each
            for each in self.list_display
            if each != "nhr" or may_view(request, NhrState)
        ]

    def get_actions(self, request: HttpRequest, action_location: Any = None) -> Any:
        """Return the actions without Django's bulk deletion, which lists replace."""
        # an argument since Django 6.1
        place = {} if action_location is None else {"action_location": action_location}
        actions = super().get_actions(request, **place)
        actions.pop("delete_selected", None)
        return actions

    @admin.action(description=_("Nu verversen uit het NHR"), permissions=["change"])
    def verversen(self, request: HttpRequest, queryset: QuerySet[Klant]) -> None:
        """Queue look-ups of these klanten in the NHR, each number once."""
        if not (klanten := self._chosen(request, queryset)):
            return
        text = _("Aantal nummers dat wordt opgevraagd bij het NHR: %(count)d.")
        states = NhrState.objects.filter(klant__in=klanten)
        have_asked(self, request, states, text)

    @admin.action(description=_("Rollen nu ophalen"), permissions=["change"])
    def rollen_ophalen(self, request: HttpRequest, queryset: QuerySet[Klant]) -> None:
        """Queue reading the roles of these klanten."""
        if not (klanten := self._chosen(request, queryset)):
            return
        for klant in sorted(klanten, key=lambda each: str(each.uuid)):
            request_klant(klant)
        self.message_user(request, _("De rollen worden opgehaald."))

    @admin.action(description=_("Op een verwijderlijst zetten"), permissions=["delete"])
    def verwijderlijst(
        self, request: HttpRequest, queryset: QuerySet[Klant]
    ) -> HttpResponse | None:
        """Show the form to put these klanten on a list of deletions."""
        if not (klanten := self._chosen(request, queryset)):
            return None
        return deletion_list_page(self, request, klanten)

    def _chosen(self, request: HttpRequest, queryset: QuerySet[Klant]) -> list[Klant]:
        chosen = queryset.select_related(None).order_by("pk").only("pk", "uuid")
        klanten = list(chosen[: MOST_AT_ONCE + 1])
        if len(klanten) <= MOST_AT_ONCE:
            return klanten
        text = _("Kies ten hoogste %(count)d klanten tegelijk.")
        self.message_user(request, text % {"count": MOST_AT_ONCE}, messages.ERROR)
        return []
