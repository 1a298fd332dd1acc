"""The rows of the outbox, with actions to retry or give up."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _, ngettext_lazy

from ..models import Klant, OutboxRow
from ..sync.outbox.upkeep import give_up_rows, try_again
from .klanten.history import outbox_keys
from .moments import moment_of
from .paginator import LongList
from .read_only import NotMadeByHand

CREATED_AT = moment_of(OutboxRow, "created_at")
NEXT_ATTEMPT_AT = moment_of(OutboxRow, "next_attempt_at")

ROWS_SHOWN = 20
KLANTEN_SEARCHED = 20
"""Maximum klanten per klantnummer, which several organisations may assign."""


@admin.register(OutboxRow)
class OutboxRowAdmin(NotMadeByHand, LongList):
    """Read-only, except for the two actions."""

    list_display = (
        CREATED_AT,
        "kind",
        "object_key",
        "state",
        "attempts",
        NEXT_ATTEMPT_AT,
        "last_error",
    )
    list_filter = ("state", "kind")
    search_fields = ("object_key__exact",)  # enables the search box
    search_help_text = _("Een klantnummer, of de UUID van een klant.")
    fields = readonly_fields = (
        "kind",
        "object_key",
        "object_url",
        "payload",
        "state",
        "behind",
        "attempts",
        "abandoned",
        NEXT_ATTEMPT_AT,
        moment_of(OutboxRow, "lease_until"),
        "last_error",
        CREATED_AT,
        moment_of(OutboxRow, "due_at"),
        moment_of(OutboxRow, "settled_at"),
    )
    actions = ("opnieuw", "opgeven")

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search the rows of a klant or an object, through an index."""
        klanten = Klant.objects.filter(klantnummer=term)[:KLANTEN_SEARCHED]
        keys = [term, *(key for klant in klanten for key in outbox_keys(klant))]
        return queryset.filter(object_key__in=keys)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show the row read-only: saving could overwrite changes by workers."""
        if request.method != "GET":
            raise PermissionDenied
        hidden = {"show_save": False, "show_save_and_continue": False}
        context = {**(extra_context or {}), **hidden}
        return super().changeform_view(request, object_id, form_url, context)

    @admin.action(description=_("Opnieuw proberen"), permissions=["change"])
    def opnieuw(self, request: HttpRequest, queryset: QuerySet[OutboxRow]) -> None:
        """Retry the rows now."""
        text = ngettext_lazy(
            "%(count)d taak wordt opnieuw geprobeerd.",
            "%(count)d taken worden opnieuw geprobeerd.",
            "count",
        )
        self.message_count(request, text, try_again(queryset))

    @admin.action(description=_("Opgeven"), permissions=["change"])
    def opgeven(
        self, request: HttpRequest, queryset: QuerySet[OutboxRow]
    ) -> HttpResponse | None:
        """Give up the rows after a confirmation, with the user in the reason."""
        if "bevestigd" not in request.POST:
            return self._ask(request, queryset)
        reason = f"Opgegeven door {request.user.get_username()}."
        text = ngettext_lazy(
            "%(count)d taak is opgegeven.", "%(count)d taken zijn opgegeven.", "count"
        )
        self.message_count(request, text, give_up_rows(queryset, reason))
        return None

    def _ask(
        self, request: HttpRequest, queryset: QuerySet[OutboxRow]
    ) -> TemplateResponse:
        """Return the confirmation page."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Taken opgeven"),
            "rows": queryset[:ROWS_SHOWN],
            "count": queryset.count(),
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "checkbox_name": ACTION_CHECKBOX_NAME,
            "across": request.POST.get("select_across") == "1",
        }
        return TemplateResponse(request, "klanten_plugin/admin/opgeven.html", context)
