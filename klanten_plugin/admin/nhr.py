"""What the NHR gave for each klant, what it couldn't, and why; and what that costs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _, ngettext

from ..domain.contactgegevens import OVERRIDDEN
from ..domain.fitting import ADRES_FIELDS
from ..domain.representation import api_name
from ..models import NhrBron, NhrStand, NhrVerbruik
from ..sync.contactgegevens import numbers_of, queue
from .paginator import LongList


class _ReadOnlyAdmin(LongList):
    """Rows that workers write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only a klant makes one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It goes with its klant."""
        return False


@admin.register(NhrStand)
class NhrStandAdmin(_ReadOnlyAdmin):
    """To be read, and acted on by the action alone."""

    list_display = (
        "klant",
        "soort",
        "nummer",
        "uitkomst",
        "waarom",
        "checked_at",
        "due_at",
    )
    list_filter = ("uitkomst", "soort")
    list_select_related = ("klant",)
    # "=nummer" would ignore case, and read all rows for that
    search_fields = ("nummer__exact", "kvk_nummer__exact", "klant__klantnummer__exact")
    search_help_text = _("Een vestigingsnummer, RSIN, KVK-nummer of klantnummer.")
    fields = readonly_fields = (
        "klant",
        "soort",
        "nummer",
        "kvk_nummer",
        "uitkomst",
        "waarom",
        "velden",
        "checked_at",
        "changed_at",
        "due_at",
    )
    actions = ("verversen",)

    @admin.display(description=_("niet overgenomen"))
    def waarom(self, stand: NhrStand) -> str:
        """What couldn't be taken over, and why."""
        lines = ((_named(row["veld"]), row["reden"]) for row in stand.opmerkingen)
        return format_html_join(SafeString("<br>"), "{}{}", lines) or "-"

    @admin.display(description=_("velden uit het NHR"))
    def velden(self, stand: NhrStand) -> str:
        """What the NHR gave last, and what somebody else made of it."""
        rows = (
            (
                api_name(name),
                _as_text(entry["waarde"]),
                entry["bron"],
                entry["op"][:10],
                _("daarna overschreven") if entry[OVERRIDDEN] else "",
            )
            for name, entry in sorted(stand.herkomst.items())
        )
        cells = "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>"
        return format_html("<table>{}</table>", format_html_join("", cells, rows))

    @admin.action(description=_("Nu verversen uit het NHR"), permissions=["change"])
    def verversen(self, request: HttpRequest, queryset: QuerySet[NhrStand]) -> None:
        """Have the klanten refreshed by the workers, each number once."""
        if not NhrBron.objects.filter(actief=True).exists():
            text = str(_("Er is geen bron van contactgegevens ingesteld."))
            self.message_user(request, text, messages.ERROR)
            return
        count = queue(numbers_of(queryset), lambda: None)
        text = ngettext(
            "%(count)d nummer wordt opgevraagd.",
            "%(count)d nummers worden opgevraagd.",
            count,
        )
        level = messages.SUCCESS if count else messages.WARNING
        self.message_user(request, text % {"count": count}, level)


def _named(field: str) -> str:
    return f"{api_name(field)}: " if field else ""


def _as_text(value: Any) -> str:
    if isinstance(value, dict):
        parts = (value.get(name) for name in ADRES_FIELDS)
        return " ".join(str(part) for part in parts if part not in ("", None))
    return str(value or "")


@admin.register(NhrVerbruik)
class NhrVerbruikAdmin(_ReadOnlyAdmin):
    """The bill, month by month."""

    list_display = ("__str__", "aanvragen", "betaald")
    fields = readonly_fields = ("maand", "aanvragen", "betaald")
