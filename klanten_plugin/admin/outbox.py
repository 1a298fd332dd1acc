"""What waits, what failed and why; and the buttons to try again or give up."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _, ngettext

from ..models import OutboxRow
from ..sync.outbox.upkeep import give_up_rows, try_again
from .paginator import LongList
from .read_only import NotMadeByHand

FIELDS = (
    "kind",
    "object_key",
    "object_url",
    "payload",
    "state",
    "behind",
    "attempts",
    "abandoned",
    "next_attempt_at",
    "lease_until",
    "last_error",
    "created_at",
    "due_at",
    "settled_at",
)


@admin.register(OutboxRow)
class OutboxRowAdmin(NotMadeByHand, LongList):
    """Rows that workers write: to be read, and acted on by the two actions alone."""

    list_display = (
        "created_at",
        "kind",
        "object_key",
        "state",
        "attempts",
        "next_attempt_at",
        "last_error",
    )
    list_filter = ("state", "kind")
    search_fields = ("object_key__exact",)
    search_help_text = _("De UUID van een klant.")
    readonly_fields = FIELDS
    fields = FIELDS
    actions = ("opnieuw", "opgeven")

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Only show: saving would write back what a worker has changed since."""
        if request.method != "GET":
            raise PermissionDenied
        hidden = {"show_save": False, "show_save_and_continue": False}
        context = {**(extra_context or {}), **hidden}
        return super().changeform_view(request, object_id, form_url, context)

    @admin.action(description=_("Opnieuw proberen"), permissions=["change"])
    def opnieuw(self, request: HttpRequest, queryset: QuerySet[OutboxRow]) -> None:
        """Have the rows done now."""
        count = try_again(queryset)
        text = ngettext(
            "%(count)d taak wordt opnieuw geprobeerd.",
            "%(count)d taken worden opnieuw geprobeerd.",
            count,
        )
        self._report(request, text % {"count": count}, count)

    @admin.action(description=_("Opgeven"), permissions=["change"])
    def opgeven(self, request: HttpRequest, queryset: QuerySet[OutboxRow]) -> None:
        """Stop trying; the rows stay, with who decided so."""
        reason = f"Opgegeven door {request.user.get_username()}."
        count = give_up_rows(queryset, reason)
        text = ngettext(
            "%(count)d taak is opgegeven.", "%(count)d taken zijn opgegeven.", count
        )
        self._report(request, text % {"count": count}, count)

    def _report(self, request: HttpRequest, text: str, count: int) -> None:
        level = messages.SUCCESS if count else messages.WARNING
        self.message_user(request, text, level)
