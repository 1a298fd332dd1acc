"""NHR data of klanten, and the usage of KVK."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _, ngettext_lazy

from ..domain.nhr.ownership import OVERRIDDEN, WAS, Entry
from ..models import NhrBron, NhrState, NhrVerbruik
from ..sync.nhr.refresh import numbers_of, queue
from .klanten.detail import as_text, label_of, standing
from .moments import moment_of, readable_day, readable_moment
from .nhr_sources import conditions, euros
from .paginator import MOST, LongList
from .read_only import NotMadeByHand, ReadOnly

HEADINGS = (
    _("Veld"),
    _("Waarde"),
    _("Bron"),
    _("Gegeven op"),
    _("Bijzonderheid"),
)
"""For values that the NHR provided."""

CHECKED_AT, DUE_AT = moment_of(NhrState, "checked_at"), moment_of(NhrState, "due_at")


def have_asked(
    model_admin: LongList, request: HttpRequest, states: QuerySet[NhrState], text: Any
) -> None:
    """Queue look-ups of these states, once per number, and show ``text`` with a count."""
    if not NhrBron.objects.active().exists():
        no_source = _("Er is geen bron van contactgegevens ingesteld.")
        model_admin.message_user(request, no_source, messages.ERROR)
        return
    model_admin.message_count(request, text, queue(numbers_of(states), lambda: None))
    for one in conditions():
        if one.state == "fout":
            halted = _("%(bron)s staat stil, dus dit wacht: %(why)s")
            values = {"bron": one.bron, "why": one.text}
            model_admin.message_user(request, halted % values, messages.WARNING)


@admin.register(NhrState)
class NhrStateAdmin(NotMadeByHand, LongList):
    """Read-only, except for the action."""

    list_display = (
        "klant",
        "nummer",
        "outcome",
        CHECKED_AT,
        DUE_AT,
        "waarom",
    )
    list_filter = ("outcome", "gone", "soort")
    list_select_related = ("klant",)
    search_fields = ("nummer",)  # enables the search box
    search_help_text = _("Een vestigingsnummer, RSIN, KVK-nummer of klantnummer.")
    fields = readonly_fields = (
        "klant",
        "soort",
        "nummer",
        "kvk_nummer",
        "outcome",
        "waarom",
        "velden",
        CHECKED_AT,
        moment_of(NhrState, "changed_at"),
        DUE_AT,
        "wacht",
    )
    actions = ("verversen",)
    change_form_template = "klanten_plugin/admin/nhr_state.html"

    def save_model(
        self, request: HttpRequest, obj: NhrState, form: Any, change: Any
    ) -> None:
        """Save nothing, because the page has no fields and workers write the row."""

    def log_change(self, request: HttpRequest, obj: NhrState, message: Any) -> Any:
        """Log the refresh, instead of a change without fields."""
        return super().log_change(request, obj, str(_("Nu verversen uit het NHR")))

    def response_change(self, request: HttpRequest, obj: NhrState) -> HttpResponse:
        """Queue a refresh, which is the only button of the page."""
        self.verversen(request, NhrState.objects.filter(pk=obj.pk))
        return HttpResponseRedirect(request.path)

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by number with a UNION, because a condition with OR uses no index."""
        states = NhrState.objects.order_by()
        found = states.filter(nummer=term).union(
            states.filter(kvk_nummer=term).exclude(kvk_nummer=""),
            states.filter(klant__klantnummer=term),
        )
        pks = list(found.values_list("pk", flat=True)[: MOST + 1])
        return queryset.filter(pk__in=pks)

    @admin.display(description=_("niet overgenomen"))
    def waarom(self, state: NhrState) -> str:
        """Return the values that weren't adopted, with the reasons."""
        lines = ((_named(row["veld"]), row["reden"]) for row in state.remarks)
        return format_html_join(SafeString("<br>"), "{}{}", lines) or "-"

    @admin.display(description=_("velden uit het NHR"))
    def velden(self, state: NhrState) -> str:
        """Return the last values from the NHR, with their state."""
        rows = (
            (
                label_of(name),
                as_text(entry["waarde"]),
                entry["bron"],
                readable_day(entry["op"]),
                _marks(entry),
            )
            for name, entry in sorted(state.provenance.items())
        )
        cells = "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>"
        headings = ((heading,) for heading in HEADINGS)
        return format_html(
            "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
            format_html_join("", '<th scope="col">{}</th>', headings),
            format_html_join("", cells, rows),
        )

    @admin.display(description=_("nu"))
    def wacht(self, state: NhrState) -> str:
        """Return what a due klant is waiting for: a failing source, or its turn."""
        if state.due_at is None:
            return str(_("Wordt niet opgevraagd: er is geen nummer om op te zoeken."))
        if state.due_at > timezone.now():
            return str(
                _("Actueel tot de volgende keer, of tot KVK een wijziging meldt.")
            )
        waits = [one.text for one in conditions() if one.state == "fout"]
        text = _("Aan de beurt sinds %(since)s (%(why)s).") % {
            "since": readable_moment(state.due_at),
            "why": state.get_turn_display(),
        }
        return " ".join([text, *waits])

    @admin.action(description=_("Nu verversen uit het NHR"), permissions=["change"])
    def verversen(self, request: HttpRequest, queryset: QuerySet[NhrState]) -> None:
        """Queue refreshes of the klanten, once per number."""
        text = ngettext_lazy(
            "%(count)d nummer wordt opgevraagd.",
            "%(count)d nummers worden opgevraagd.",
            "count",
        )
        have_asked(self, request, queryset, text)


def _marks(entry: Entry) -> str:
    """Return the mark of a value from the register, with an emptied value, or ""."""
    if entry[OVERRIDDEN]:
        return str(_("daarna overschreven"))
    return ": ".join(filter(None, (standing(entry), as_text(entry.get(WAS)))))


def _named(field: str) -> str:
    return f"{label_of(field)}: " if field else ""


@admin.register(NhrVerbruik)
class NhrVerbruikAdmin(ReadOnly, LongList):
    """The usage per month."""

    list_display = ("__str__", "aanvragen", "gratis", "betaald", "ververst", "kosten")
    fields = readonly_fields = (
        *("in_maand", "aanvragen", "gratis", "betaald", "ververst", "kosten"),
    )

    @admin.display(description=_("maand"))
    def in_maand(self, verbruik: NhrVerbruik) -> str:
        """Return the month in words. By default Django shows its first day."""
        return str(verbruik)

    @admin.display(description=_("kosten (tarief van KVK)"))
    def kosten(self, verbruik: NhrVerbruik) -> str:
        """Return the costs of the paid requests at KVK's published price."""
        return euros(verbruik.betaald)

    @admin.display(description=_("gratis"))
    def gratis(self, verbruik: NhrVerbruik) -> int:
        """Return the number of free requests: Zoeken and the Mutatieservice."""
        return verbruik.vrij
