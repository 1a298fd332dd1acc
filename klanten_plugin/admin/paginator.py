"""Pages of lists that may be long: nothing counts all of a table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _

MOST = 5000
"""Rows that can be paged through; behind them is for the search and the filters."""


class BoundedPaginator(Paginator):
    """Counts no further than :data:`MOST`, whatever the size of the table."""

    @cached_property
    def counted(self) -> int:
        """Rows, up to one more than can be shown."""
        rows = self.object_list
        assert isinstance(rows, QuerySet)
        return int(rows.order_by()[: MOST + 1].count())

    @property
    def is_more(self) -> bool:
        """Whether there are more rows than can be paged through."""
        return self.counted > MOST

    @cached_property
    def count(self) -> int:
        """Rows that can be paged through."""
        return min(self.counted, MOST)


@contextmanager
def without_jit() -> Iterator[None]:
    """Have PostgreSQL compile no query of this block.

    It expects far more rows of conditions on expressions than there are, and then
    compiling a query takes a second, and executing it a millisecond.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL jit = off")
        yield


class LongList(admin.ModelAdmin):
    """A list that is as fast with a million rows."""

    paginator = BoundedPaginator
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    change_list_template = "klanten_plugin/admin/lijst.html"
    object_history_template = "klanten_plugin/admin/logboek.html"

    def get_action_choices(
        self,
        request: HttpRequest,
        default_choices: Any = None,
        action_location: Any = None,
    ) -> list[tuple[str, str]]:
        """The actions, after a first choice that Django says in English alone."""
        # Django asks for the place from 6.1 on
        place = {} if action_location is None else {"action_location": action_location}
        first = [("", _("Kies een actie"))]
        actions: list[tuple[str, str]] = super().get_action_choices(
            request, first, **place
        )
        return actions

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """The page of a row, under the plain name of what it is."""
        title = capfirst(str(self.opts.verbose_name))
        context = {"title": title, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list under its plain name; actions have transactions of their own."""
        title = capfirst(str(self.opts.verbose_name_plural))
        extra_context = {"title": title, **(extra_context or {})}
        if request.method == "POST":
            return super().changelist_view(request, extra_context)
        with without_jit():
            response = super().changelist_view(request, extra_context)
            # while that holds: a template is rendered later
            if hasattr(response, "render"):
                response.render()
        return response
