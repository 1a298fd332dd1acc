"""Pagination of klanten."""

from __future__ import annotations

from typing import Any

from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request

from ..domain.klanten.addresses import published
from ..domain.klanten.bitmaps import Lookups
from ..domain.klanten.pages import Page, read_page
from ..domain.klanten.representation import Representation

MAX_START = 2**62
"""Upper bound of an offset: more klanten than any database has."""


class KlantenPagination(PageNumberPagination):
    """Fixed pages of 100, on which consumers rely: there is no ``pageSize``."""

    page_size = 100
    page_size_query_param = None

    def get_page_number(self, request: Request, paginator: Any) -> Any:
        """Return the requested page; an empty value is invalid, not the first."""
        number = request.query_params.get(self.page_query_param, 1)
        return paginator.num_pages if number in self.last_page_strings else number

    def get_next_link(self) -> str | None:
        """Return the link, with the configured public address of the host."""
        link = super().get_next_link()
        return published(link) if link else None

    def get_previous_link(self) -> str | None:
        """Return the link, with the configured public address of the host."""
        link = super().get_previous_link()
        return published(link) if link else None

    def read(
        self, lookups: Lookups, request: Request, collection_url: str
    ) -> list[Representation]:
        """Return the klanten on the requested page.

        Raises ``NotFound`` if the page doesn't exist.
        """
        page = self._read(lookups, request, collection_url)
        # DRF only paginates a range, for the links; the database selected the page
        self.paginate_queryset(range(page.count), request)
        return page.klanten

    def _read(self, lookups: Lookups, request: Request, collection_url: str) -> Page:
        number = request.query_params.get(self.page_query_param, 1)
        if number in self.last_page_strings:
            return read_page(lookups, None, self.page_size, collection_url)
        try:
            start = (int(number) - 1) * self.page_size
        except ValueError:
            return Page(0, [])
        if not 0 <= start < MAX_START:
            return Page(0, [])
        return read_page(lookups, start, self.page_size, collection_url)
