"""The register of deletions, and the lists of klanten to be deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _, gettext_lazy

from ..constants import DeletionItemState, DeletionListState
from ..domain.klanten.deletion_lists import (
    Employee,
    call_off_deletion_list,
    confirm_deletion_list,
)
from ..exceptions import RuleViolation
from ..models import Deletion, DeletionItem, DeletionList, Klant
from ..models.groups import group_paths
from .klanten.deletion import employee_of
from .klanten.detail import name_of
from .klanten.history import may_view
from .klanten.views import BUTTON, TEMPLATES, require
from .moments import moment_of
from .paginator import LongList
from .read_only import ReadOnly
from .site_context import site_context

APPROVE = "klanten_plugin.approve_deletion"

LABELS = {
    "klant": gettext_lazy("klant"),
    "klantadres": gettext_lazy("adres"),
    "natuurlijkpersoon": gettext_lazy("natuurlijk persoon"),
    "nietnatuurlijkpersoon": gettext_lazy("niet-natuurlijk persoon"),
    "vestiging": gettext_lazy("vestiging"),
    "verblijfsadres": gettext_lazy("verblijfsadres"),
    "subverblijfbuitenland": gettext_lazy("verblijf in het buitenland"),
    "nhrstate": gettext_lazy("NHR-gegevens"),
    "audittrail": gettext_lazy("regels van de audit trail"),
    "klantrol": gettext_lazy("rollen (losgemaakt)"),
}
"""Labels of removed rows by model name."""

DELETED_AT = moment_of(Deletion, "deleted_at")


@admin.register(Deletion)
class DeletionAdmin(ReadOnly, LongList):
    """The read-only register."""

    list_display = (
        DELETED_AT,
        "klant_uuid",
        "subject_type",
        "ground",
        "reference",
        "decided_by",
        "approved_by",
    )
    list_filter = ("ground",)
    list_select_related = ("deletion_list",)
    search_fields = ("klant_uuid__exact",)
    search_help_text = gettext_lazy("De UUID van een klant.")
    fields = (
        *("klant_uuid", "subject_type"),
        moment_of(Deletion, "created_at"),
        moment_of(Deletion, "changed_at"),
        *("ground", "reference", "decided_by", "approved_by", "deletion_list"),
        *(DELETED_AT, "wat", "rollen_beleid"),
    )

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by UUID only."""
        try:
            return queryset.filter(klant_uuid=UUID(term))
        except ValueError:
            return queryset.none()

    @admin.display(description=gettext_lazy("wat is verwijderd"))
    def wat(self, deletion: Deletion) -> str:
        """Return the numbers of removed rows."""
        return removed_in_words(deletion)


def removed_in_words(deletion: Deletion) -> str:
    """Return the labels and numbers of the rows that were removed with a klant."""
    return ", ".join(
        f"{LABELS.get(name, name)}: {count}"
        for name, count in deletion.removed.items()
        if count
    )


@admin.register(DeletionList)
class DeletionListAdmin(ReadOnly, LongList):
    """Lists, with buttons to confirm or cancel one."""

    list_display = (
        *("name", "ground", "state", "made_by", moment_of(DeletionList, "made_at")),
        *("confirmed_by", moment_of(DeletionList, "not_before")),
        moment_of(DeletionList, "finished_at"),
    )
    list_filter = ("state", "ground")
    extra_pages = {
        "bevestigen": ("<int:pk>/bevestigen/", "confirm_view"),
        "afblazen": ("<int:pk>/afblazen/", "call_off_view"),
    }

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show the state of a list, and of each klant on it."""
        require(request.method in ("GET", "HEAD"))
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404(_("Deze verwijderlijst bestaat niet."))
        require(self.has_view_permission(request, found))
        items = list(found.items.all())
        counts = Counter(item.state for item in items)
        settled = len(items) - counts[DeletionItemState.WAITING]
        context = {
            **site_context(self, request),
            "title": str(found),
            "found": found,
            "items": _report(request, found, items),
            "settled": settled,
            "total": len(items),
            "may_confirm": found.state == DeletionListState.DRAFT
            and request.user.has_perm(APPROVE)
            and found.made_by_id != employee_of(request).key,
            "may_call_off": found.state
            in (DeletionListState.DRAFT, DeletionListState.CONFIRMED)
            and may_call_off(request),
        }
        return TemplateResponse(request, f"{TEMPLATES}/verwijderlijst.html", context)

    @method_decorator(BUTTON)
    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Confirm a list that somebody else created."""
        require(request.user.has_perm(APPROVE))
        done = _("De verwijderlijst is bevestigd.")
        return self._act(request, pk, confirm_deletion_list, done)

    @method_decorator(BUTTON)
    def call_off_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Cancel a list, which keeps its remaining klanten."""
        require(may_call_off(request))
        done = _("De verwijderlijst is afgeblazen: wat er nog was, blijft.")
        return self._act(request, pk, call_off_deletion_list, done)

    def _act(
        self,
        request: HttpRequest,
        pk: int,
        act: Callable[[int, Employee], DeletionList],
        done: str,
    ) -> HttpResponse:
        try:
            found = act(pk, employee_of(request))
        except DeletionList.DoesNotExist as error:
            raise Http404(_("Deze verwijderlijst bestaat niet.")) from error
        except RuleViolation as violation:
            self.message_user(request, violation.message, messages.ERROR)
        else:
            self.log_change(request, found, done)
            self.message_user(request, done, messages.SUCCESS)
        name = f"{self.admin_site.name}:klanten_plugin_deletionlist_change"
        return HttpResponseRedirect(reverse(name, args=[pk]))


def may_call_off(request: HttpRequest) -> bool:
    """Whether the user may confirm lists, or delete klanten."""
    user = request.user
    return user.has_perm(APPROVE) or user.has_perm("klanten_plugin.delete_klant")


def _report(
    request: HttpRequest, found: DeletionList, items: list[DeletionItem]
) -> list[dict[str, Any]]:
    """Return the klanten of a list, or what was removed for deleted ones."""
    klanten: dict[UUID, Klant] = {}
    if may_view(request, Klant):
        uuids = [item.klant_uuid for item in items]
        rows = Klant.objects.filter(uuid__in=uuids).select_related(*group_paths(Klant))
        klanten = {klant.uuid: klant for klant in rows}
    removed = {
        deletion.klant_uuid: removed_in_words(deletion)
        for deletion in found.deletions.all()
    }
    return [
        {
            "item": item,
            "klant": klanten.get(item.klant_uuid),
            "naam": name_of(klanten[item.klant_uuid])
            if item.klant_uuid in klanten
            else "",
            "removed": removed.get(item.klant_uuid, ""),
        }
        for item in items
    ]
