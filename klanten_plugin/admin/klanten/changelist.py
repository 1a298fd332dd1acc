"""The list of klanten, whose speed doesn't depend on their number.

No page counts all rows, and a search consists of a few index look-ups. Search terms are
personal data: they are sent in the body of a POST and stored in the session. The URL
only has a random key, so that terms don't appear in access logs, browser history or
Referer.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.db import connection
from django.db.models import F, Func, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpRequest
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from ...constants import NhrOutcome
from ...domain.klanten.audittrail import last_changes
from ...domain.klanten.lookups import BSN, LIMIT, NUMBERS, Folded, TradeName
from ...domain.klanten.search import could_be_bsn, klanten_with_bsn, search_klanten
from ...domain.klanten.terms import TERM_LENGTH
from ...domain.nhr.provenance import SOORTEN
from ...models import Klant
from ..paginator import MOST
from .bsn import may_see_bsn, write_down_search

LAST_CHANGE = "last_change"
"""Sort key of the column of the last change."""

SUBJECT_TYPE = "subject_type__exact"
"""The query parameter of the filter on the kind of subject."""

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)

NAME_ORDER = Folded(
    Coalesce(
        *(
            NullIf(name, Value(""))
            for name in (
                "achternaam",
                "bedrijfsnaam",
                "subject_natuurlijk_persoon__geslachtsnaam",
                "subject_niet_natuurlijk_persoon__statutaire_naam",
            )
        ),
        TradeName("subject_vestiging__handelsnaam", number=1),
        Value(""),
    )
)
"""Sort key of klanten: the surname, or the name of the business."""

SEARCH = "zoek"
"""The query parameter for the key of a search."""

SESSION_KEY = "klanten_plugin_zoeken"
KEPT = 20
"""Number of stored searches per session, for other tabs and the back button."""


def remember(request: HttpRequest, term: str) -> str:
    """Store a search term in the session, and return its key."""
    searches = dict(request.session.get(SESSION_KEY, {}))
    key = get_random_string(12)
    searches[key] = term.strip()[:TERM_LENGTH]
    for old in list(searches)[:-KEPT]:
        del searches[old]
        request.session.pop(f"{SESSION_KEY}_{old}", None)
    request.session[SESSION_KEY] = searches
    return key


def recall(request: HttpRequest) -> str:
    """Return the search term of this page, or "" if there is none."""
    searches = request.session.get(SESSION_KEY, {})
    return str(searches.get(request.GET.get(SEARCH, ""), ""))


def write_down_bsn(request: HttpRequest) -> None:
    """Log the klanten that this page finds by BSN, once per search.

    Logged before the page is shown, as for *Toon*. Users without permission to see BSNs
    find none.
    """
    term = recall(request)
    if not term or not may_see_bsn(request):
        return
    key = f"{SESSION_KEY}_{request.GET[SEARCH]}"
    noted = set(request.session.get(key, ()))
    klanten = [one for one in klanten_with_bsn(term) if one.pk not in noted]
    if klanten:
        write_down_search(request, klanten)
        request.session[key] = sorted(noted | {klant.pk for klant in klanten})


class KlantChangeList(ChangeList):
    """The list, with the search of the session."""

    limit = 0
    """The limit of a look-up, if it was reached."""
    sorted_most = 0
    """The number of sorted klanten, if the list has more."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.term = recall(request)
        self.sees_bsn = may_see_bsn(request)
        self.skips_bsn = not self.sees_bsn and could_be_bsn(self.term)
        super().__init__(request, *args, **kwargs)
        self.forgotten = bool(request.GET.get(SEARCH)) and not self.term

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """Return the filters, without the key of a search."""
        found: dict[str, Any] = super().get_filters_params(params)
        found.pop(SEARCH, None)
        return found

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Return the search result, narrowed by the filters."""
        # an alias for ordering
        self.root_queryset = self.root_queryset.alias(**{LAST_CHANGE: F("pk")})
        queryset = super().get_queryset(request, *args, **kwargs)
        if self.term:
            numbers = (*NUMBERS, *BSN) if self.sees_bsn else NUMBERS
            hits = search_klanten(self.term, numbers)
            self.limit = LIMIT if hits.is_cut else 0
            queryset = queryset.filter(pk__in=hits.pks)
        return self._sorted(queryset) if ORDER_VAR in self.params else queryset

    def _sorted(self, queryset: QuerySet[Klant]) -> QuerySet[Klant]:
        """Sort only the newest klanten: sorting all would read all rows."""
        newest = queryset.order_by("-pk").values_list("pk", "uuid")[: MOST + 1]
        found = list(newest)
        self.sorted_most = MOST if len(found) > MOST else 0
        order = queryset.query.order_by[0]
        if order in (LAST_CHANGE, f"-{LAST_CHANGE}"):
            changes = last_changes(uuid for _pk, uuid in found[:MOST])
            found = sorted(
                found[:MOST],
                key=lambda one: changes.get(str(one[1]), LONG_AGO),
                reverse=order != LAST_CHANGE,
            )
            pks = [pk for pk, _uuid in found]
            place = Func(Value(pks), F("pk"), function="array_position")
            return queryset.filter(pk__in=pks).order_by(place)
        return queryset.filter(pk__in=[pk for pk, _uuid in found[:MOST]])

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, with the last change of each klant."""
        super().get_results(request)
        rows = list(self.result_list)
        changes = last_changes(klant.uuid for klant in rows)
        for klant in rows:
            klant.last_change = changes.get(str(klant.uuid))
        self.result_list = rows


class NhrFilter(admin.SimpleListFilter):
    """Filter by the last outcome of the NHR."""

    title = _("NHR")
    parameter_name = "nhr"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return all outcomes."""
        return list(NhrOutcome.choices)

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Klant]
    ) -> QuerySet[Klant]:
        """Filter through an index in the order of the list.

        Combined with a kind of subject, only the states of its kinds of numbers can
        match. A natuurlijk persoon has none, which PostgreSQL can't know: it would read
        all klanten to find no match.
        """
        if self.value() not in NhrOutcome.values:
            return queryset
        states: dict[str, Any] = {"nhr_state__outcome": self.value()}
        if subject_type := request.GET.get(SUBJECT_TYPE):
            states["nhr_state__soort__in"] = SOORTEN.get(subject_type, ())
        return queryset.filter(**states)


# a loose index scan, because DISTINCT would read all rows
ORGANISATIES = """
    WITH RECURSIVE organisatie(waarde) AS (
        (SELECT min(bronorganisatie) FROM klanten_plugin_klant)
        UNION ALL
        SELECT (
            SELECT min(bronorganisatie) FROM klanten_plugin_klant
            WHERE bronorganisatie > organisatie.waarde
        ) FROM organisatie WHERE organisatie.waarde IS NOT NULL
    )
    SELECT waarde FROM organisatie WHERE waarde IS NOT NULL LIMIT %s
"""
MOST_ORGANISATIES = 20


class BronorganisatieFilter(admin.SimpleListFilter):
    """Filter by bronorganisatie, if there are several."""

    title = _("bronorganisatie")
    parameter_name = "bronorganisatie"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the first organisations; with more, use the search."""
        with connection.cursor() as cursor:
            cursor.execute(ORGANISATIES, [MOST_ORGANISATIES])
            return [(value, value) for (value,) in cursor.fetchall()]

    def has_output(self) -> bool:
        """Hide the filter if there is only one."""
        return len(self.lookup_choices) > 1

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Klant]
    ) -> QuerySet[Klant]:
        """Filter by the selected organisation."""
        if not self.value():
            return queryset
        return queryset.filter(bronorganisatie=self.value())
