"""Pages of klanten."""

from __future__ import annotations

from typing import Any

from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request

from ..domain.klanten.addresses import published
from ..domain.klanten.pages import Found, Lookups, find_klanten

MAX_START = 2**62
"""More klanten than any database counts."""


class KlantenPagination(PageNumberPagination):
    """100 a page, fixed: the document has no ``pageSize``, and consumers count on it."""

    page_size = 100
    page_size_query_param = None

    def get_page_number(self, request: Request, paginator: Any) -> Any:
        """The page that was asked for; an empty one isn't the first, but no page."""
        number = request.query_params.get(self.page_query_param, 1)
        return paginator.num_pages if number in self.last_page_strings else number

    def get_next_link(self) -> str | None:
        """Under the address that is set for the host, if any."""
        link = super().get_next_link()
        return published(link) if link else None

    def get_previous_link(self) -> str | None:
        """Likewise."""
        link = super().get_previous_link()
        return published(link) if link else None

    def find(self, lookups: Lookups, request: Request) -> list[int]:
        """The keys of the klanten on the page that was asked for.

        Raises ``NotFound`` where there is no such page.
        """
        found = self._find(lookups, request)
        # only a range is paged by DRF: what is on the page, the database has said
        self.paginate_queryset(range(found.count), request)
        return found.pks

    def _find(self, lookups: Lookups, request: Request) -> Found:
        number = request.query_params.get(self.page_query_param, 1)
        if number in self.last_page_strings:
            return find_klanten(lookups, None, self.page_size)
        try:
            start = (int(number) - 1) * self.page_size
        except ValueError:
            return Found(0, [])
        is_possible = 0 <= start < MAX_START
        return (
            find_klanten(lookups, start, self.page_size)
            if is_possible
            else Found(0, [])
        )
