"""The list of possible duplicates, which the hourly task rebuilds."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html_join
from django.utils.translation import gettext as _, gettext_lazy

from ..constants import DuplicateKind
from ..domain.klanten.duplicates import refresh_duplicates, still_alike
from ..models import Klant, PossibleDuplicate
from ..models.groups import group_paths
from .klanten.detail import name_of
from .klanten.history import may_view
from .klanten.merge import visible_kinds
from .klanten.views import BUTTON, require
from .moments import moment_of
from .paginator import LongList
from .read_only import ReadOnly

FOUND_AT = moment_of(PossibleDuplicate, "found_at")

MERGE_LINK = '<a href="{}">{}<span class="visually-hidden">: {}, {}</span></a><br>'


class DuplicateChangeList(ChangeList):
    """The list, which reads the klanten of a page in one query."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the groups of the page, and their current klanten."""
        super().get_results(request)
        rows = list(self.result_list)
        keys = {pk for row in rows for pk in row.klanten}
        found = Klant.objects.select_related(*group_paths(Klant)).in_bulk(keys)
        for row in rows:
            klanten = [found[pk] for pk in row.klanten if pk in found]
            row.alike = still_alike(DuplicateKind(row.kind), klanten)
        self.result_list = rows


@admin.register(PossibleDuplicate)
class PossibleDuplicateAdmin(ReadOnly, LongList):
    """Groups of klanten that share a value, with a link to each."""

    list_display = ("kind", "alike", "count", "merge", FOUND_AT)
    list_display_links = None
    list_filter = ("kind",)
    sortable_by = ()
    change_list_template = "klanten_plugin/admin/dubbelen.html"
    extra_pages = {"zoeken": ("zoeken/", "search_view")}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the list that reads the klanten of the page."""
        return DuplicateChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[PossibleDuplicate]:
        """Return the groups that the user's permissions for klanten and BSNs allow."""
        if not may_view(request, Klant):
            return PossibleDuplicate.objects.none()
        return super().get_queryset(request).filter(kind__in=visible_kinds(request))

    @method_decorator(BUTTON)
    def search_view(self, request: HttpRequest) -> HttpResponse:
        """Rebuild the list now."""
        require(self.has_view_permission(request))
        count = refresh_duplicates()
        text = _("Er is opnieuw gezocht. Gevonden groepen: %(count)d.")
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
        return HttpResponseRedirect("../")

    @admin.display(description=gettext_lazy("klanten"))
    def alike(self, row: Any) -> str:
        """Return links to the klanten."""
        if not row.alike:
            return _("Intussen niet meer dubbel.")
        links = (
            (_url("change", klant.pk), klant, name_of(klant)) for klant in row.alike
        )
        return format_html_join("\n", '<a href="{}">{}</a> {}<br>', links)

    @admin.display(description=gettext_lazy("samenvoegen"))
    def merge(self, row: Any) -> str:
        """Return links to merge each klant with the first."""
        if not row.alike:
            return "-"
        first, *others = row.alike
        texts = _("Naast elkaar leggen")
        links = (
            (_url("samenvoegen", first.pk, other.pk), texts, first, other)
            for other in others
        )
        return format_html_join("\n", MERGE_LINK, links)


def _url(page: str, *keys: int) -> str:
    return reverse(f"admin:klanten_plugin_klant_{page}", args=keys)
