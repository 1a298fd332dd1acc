"""Pagination of long lists without counting complete tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _

MOST = 5000
"""Maximum number of rows to page through; use search and filters for others."""


class BoundedPaginator(Paginator):
    """A paginator that counts up to :data:`MOST`."""

    @cached_property
    def counted(self) -> int:
        """Return the number of rows, up to one more than can be shown."""
        rows = self.object_list
        assert isinstance(rows, QuerySet)
        return int(rows.order_by()[: MOST + 1].count())

    @property
    def is_more(self) -> bool:
        """Return whether there are more rows than can be paged through."""
        return self.counted > MOST

    @cached_property
    def count(self) -> int:
        """Return the number of rows that can be paged through."""
        return min(self.counted, MOST)


@contextmanager
def without_jit() -> Iterator[None]:
    """Turn off JIT compilation in this context.

    PostgreSQL overestimates the rows for conditions on expressions, and would spend a
    second on compiling a query that runs in a millisecond.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL jit = off")
        yield


class LongList(admin.ModelAdmin):
    """A list whose speed doesn't depend on the number of rows."""

    paginator = BoundedPaginator
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    change_list_template = "klanten_plugin/admin/lijst.html"
    object_history_template = "klanten_plugin/admin/logboek.html"

    extra_pages: Mapping[str, tuple[str, str]] = {}
    """The route and the name of the method of each extra page, by name of its URL."""

    def get_urls(self) -> list[URLPattern]:
        """Add the URLs of the extra pages."""
        prefix = f"{self.opts.app_label}_{self.opts.model_name}"
        extra = [
            path(
                route,
                self.admin_site.admin_view(getattr(self, view)),
                name=f"{prefix}_{name}",
            )
            for name, (route, view) in self.extra_pages.items()
        ]
        return [*extra, *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """Search with :meth:`search`, which uses indexes where Django's would not."""
        term = search_term.strip()
        return (self.search(queryset, term) if term else queryset), False

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Return the rows with this term, for lists with ``search_fields``."""
        return queryset

    def message_count(self, request: HttpRequest, text: Any, count: int) -> None:
        """Show ``text`` with this count, as a warning if it is 0."""
        level = messages.SUCCESS if count else messages.WARNING
        self.message_user(request, text % {"count": count}, level)

    def get_action_choices(
        self,
        request: HttpRequest,
        default_choices: Any = None,
        action_location: Any = None,
    ) -> list[tuple[str, str]]:
        """Return the actions, with a translated first choice."""
        # an argument since Django 6.1
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
        """Show the page of a row, with the verbose name of the model as its title."""
        title = capfirst(str(self.opts.verbose_name))
        context = {"title": title, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list without JIT; actions have their own transactions."""
        title = capfirst(str(self.opts.verbose_name_plural))
        extra_context = {"title": title, **(extra_context or {})}
        if request.method == "POST":
            return super().changelist_view(request, extra_context)
        with without_jit():
            response = super().changelist_view(request, extra_context)
            # render now, because templates are rendered lazily
            if hasattr(response, "render"):
                response.render()
        return response
