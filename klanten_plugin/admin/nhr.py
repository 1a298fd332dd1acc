"""What the NHR gave for each klant, what it couldn't, and why; and what that costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _, ngettext

from ..domain.klanten.representation import api_name
from ..domain.nhr.ownership import OVERRIDDEN
from ..models import NhrBron, NhrState, NhrVerbruik
from ..sync.nhr.refresh import numbers_of, queue
from .klanten.detail import as_text
from .paginator import LongList
from .read_only import NotMadeByHand


def have_asked(
    model_admin: Any,
    request: HttpRequest,
    states: QuerySet[NhrState],
    outcome: Callable[[int], str],
) -> None:
    """Have the workers ask the NHR for these, each number once, and say so.

    ``outcome`` says it of how many numbers that are.
    """
    if not NhrBron.objects.active().exists():
        text = str(_("Er is geen bron van contactgegevens ingesteld."))
        model_admin.message_user(request, text, messages.ERROR)
        return
    count = queue(numbers_of(states), lambda: None)
    level = messages.SUCCESS if count else messages.WARNING
    model_admin.message_user(request, outcome(count), level)


@admin.register(NhrState)
class NhrStateAdmin(NotMadeByHand, LongList):
    """To be read, and acted on by the action alone."""

    list_display = (
        "klant",
        "soort",
        "nummer",
        "outcome",
        "waarom",
        "checked_at",
        "due_at",
    )
    list_filter = ("outcome", "soort")
    list_select_related = ("klant",)
    # "=nummer" would ignore case, and read all rows for that
    search_fields = ("nummer__exact", "kvk_nummer__exact", "klant__klantnummer__exact")
    search_help_text = _("Een vestigingsnummer, RSIN, KVK-nummer of klantnummer.")
    fields = readonly_fields = (
        "klant",
        "soort",
        "nummer",
        "kvk_nummer",
        "outcome",
        "waarom",
        "velden",
        "checked_at",
        "changed_at",
        "due_at",
    )
    actions = ("verversen",)

    @admin.display(description=_("niet overgenomen"))
    def waarom(self, state: NhrState) -> str:
        """What couldn't be taken over, and why."""
        lines = ((_named(row["veld"]), row["reden"]) for row in state.remarks)
        return format_html_join(SafeString("<br>"), "{}{}", lines) or "-"

    @admin.display(description=_("velden uit het NHR"))
    def velden(self, state: NhrState) -> str:
        """What the NHR gave last, and what somebody else made of it."""
        rows = (
            (
                api_name(name),
                as_text(entry["waarde"]),
                entry["bron"],
                entry["op"][:10],
                _("daarna overschreven") if entry[OVERRIDDEN] else "",
            )
            for name, entry in sorted(state.provenance.items())
        )
        cells = "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>"
        return format_html("<table>{}</table>", format_html_join("", cells, rows))

    @admin.action(description=_("Nu verversen uit het NHR"), permissions=["change"])
    def verversen(self, request: HttpRequest, queryset: QuerySet[NhrState]) -> None:
        """Have the klanten refreshed by the workers, each number once."""

        def outcome(count: int) -> str:
            text = ngettext(
                "%(count)d nummer wordt opgevraagd.",
                "%(count)d nummers worden opgevraagd.",
                count,
            )
            return text % {"count": count}

        have_asked(self, request, queryset, outcome)


def _named(field: str) -> str:
    return f"{api_name(field)}: " if field else ""


@admin.register(NhrVerbruik)
class NhrVerbruikAdmin(NotMadeByHand, LongList):
    """The bill, month by month."""

    list_display = ("__str__", "aanvragen", "betaald")
    fields = readonly_fields = ("maand", "aanvragen", "betaald")
