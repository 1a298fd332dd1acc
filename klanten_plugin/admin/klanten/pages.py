"""The URLs of the pages of a klant, and their permissions."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from ...constants import CONTACT_FIELDS, KlantType
from ...domain.nhr.provenance import hand_back
from ...models import Klant, NhrState
from ..paginator import LongList
from .access import access_page, may_make_report
from .bsn import may_see_bsn, note, write_down_look
from .changelist import SEARCH, remember, write_down_bsn
from .deletion import delete_page, make_list
from .detail import label_of
from .gone import or_gone
from .history import may_view
from .merge import duplicates_before_adding, may_merge, merge_page, shown_duplicates
from .views import (
    BUTTON,
    FORM,
    choose_page,
    detail_page,
    find_klant,
    form_page,
    klant_url,
    require,
)

NO_SUBJECT = "geen"
"""The kind of a new klant whose subject is a URL, or that has no subject."""


class KlantPages(LongList):
    """The pages of klanten; the subclass has the actions."""

    verversen: Any
    rollen_ophalen: Any
    extra_pages = {
        "zoeken": ("zoeken/", "search_view"),
        "wijzigen": ("<path:object_id>/wijzigen/", "form_view"),
        "bsn": ("<path:object_id>/bsn/", "bsn_view"),
        "teruggeven": ("<path:object_id>/teruggeven/", "hand_back_view"),
        "verversen": ("<path:object_id>/verversen/", "refresh_view"),
        "rollen": ("<path:object_id>/rollen/", "rollen_view"),
        "inzage": ("<path:object_id>/inzage/", "access_view"),
        "samenvoegen": ("<int:object_id>/samenvoegen/<int:other_id>/", "merge_view"),
        "verwijderlijst": ("verwijderlijst/", "deletion_list_view"),
    }

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show the list, after logging klanten that were found by BSN."""
        if self.has_view_or_change_permission(request):
            write_down_bsn(request)
        return super().changelist_view(request, *args, **kwargs)

    @method_decorator(FORM)
    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Choose the kind, then show the form."""
        require(self.has_add_permission(request))
        kind = request.GET.get("subject_type", "")
        doubts = partial(duplicates_before_adding, request)
        if kind in KlantType.values:
            return form_page(self, request, None, kind, doubts)
        if kind == NO_SUBJECT:
            return form_page(self, request, None, "", doubts)
        return choose_page(self, request)

    @or_gone
    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show the klant; changing it is a separate page."""
        klant = find_klant(object_id)
        require(request.method in ("GET", "HEAD"))
        require(self.has_view_or_change_permission(request, klant))
        return self._detail(request, klant)

    def _detail(
        self, request: HttpRequest, klant: Klant, *, show_bsn: bool = False
    ) -> HttpResponse:
        context = {
            "dubbelen": shown_duplicates(request, klant),
            "may_merge": may_merge(request),
            "may_make_report": may_make_report(request),
        }
        return detail_page(self, request, klant, context, show_bsn=show_bsn)

    @or_gone
    def history_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show Django's history. For a missing klant, Django would redirect."""
        find_klant(object_id)
        return super().history_view(request, object_id, *args, **kwargs)

    @or_gone
    @method_decorator(FORM)
    def form_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the form to change a klant."""
        klant = find_klant(object_id)
        require(self.has_change_permission(request, klant))
        return form_page(self, request, klant, klant.subject_type)

    @or_gone
    @method_decorator(FORM)
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Ask for the ground, show the consequences, and delete."""
        klant = find_klant(object_id)
        require(self.has_delete_permission(request, klant))
        return delete_page(self, request, klant)

    @or_gone
    @method_decorator(FORM)
    def access_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Generate the overview for an inzageverzoek."""
        klant = find_klant(object_id)
        require(self.has_view_or_change_permission(request, klant))
        require(may_make_report(request))
        return access_page(self, request, klant)

    @or_gone
    @method_decorator(FORM)
    def merge_view(
        self, request: HttpRequest, object_id: int, other_id: int
    ) -> HttpResponse:
        """Merge two klanten side by side."""
        klant, other = find_klant(object_id), find_klant(other_id)
        require(self.has_change_permission(request, klant))
        require(may_merge(request))
        return merge_page(self, request, klant, other)

    @method_decorator(BUTTON)
    def deletion_list_view(self, request: HttpRequest) -> HttpResponse:
        """Create a list of deletions from the selected klanten."""
        require(self.has_delete_permission(request))
        return make_list(self, request)

    @method_decorator(BUTTON)
    def search_view(self, request: HttpRequest) -> HttpResponse:
        """Store the search term in the body of the request, and redirect."""
        require(self.has_view_or_change_permission(request))
        params = request.GET.copy()
        for name in (SEARCH, "p", "e"):
            params.pop(name, None)
        if term := request.POST.get("term", "").strip():
            params[SEARCH] = remember(request, term)
        query = f"?{params.urlencode()}" if params else ""
        return HttpResponseRedirect(f"../{query}")

    @or_gone
    @method_decorator(BUTTON)
    def bsn_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Log the view of the BSN, then show the page with the complete BSN."""
        klant = find_klant(object_id)
        require(self.has_view_or_change_permission(request, klant))
        require(may_see_bsn(request))
        write_down_look(request, klant)
        return self._detail(request, klant, show_bsn=True)

    @or_gone
    @method_decorator(BUTTON)
    def hand_back_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hand a field back to the NHR."""
        klant = find_klant(object_id)
        require(
            self.has_change_permission(request, klant) and may_view(request, NhrState)
        )
        field = request.POST.get("veld", "")
        require(field in CONTACT_FIELDS)
        if hand_back(klant, field):
            name = label_of(field)
            note(request, klant, f"Teruggegeven aan het NHR: {name}.")
            done = _("%(field)s wordt weer bijgehouden door het NHR.") % {"field": name}
            self.message_user(request, done, messages.SUCCESS)
        else:
            text = _("Dit veld is al van het NHR, of het NHR kent deze klant niet.")
            self.message_user(request, text, messages.WARNING)
        return HttpResponseRedirect(klant_url(self, klant))

    @or_gone
    @method_decorator(BUTTON)
    def refresh_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Queue a look-up of this klant in the NHR."""
        klant = find_klant(object_id)
        require(self.has_change_permission(request, klant))
        self.verversen(request, Klant.objects.filter(pk=klant.pk))
        return HttpResponseRedirect(klant_url(self, klant))

    @or_gone
    @method_decorator(BUTTON)
    def rollen_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Queue reading the roles of this klant."""
        klant = find_klant(object_id)
        require(self.has_change_permission(request, klant))
        self.rollen_ophalen(request, Klant.objects.filter(pk=klant.pk))
        return HttpResponseRedirect(klant_url(self, klant))
