"""Pages of klanten."""

from typing import Any

from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request


class KlantenPagination(PageNumberPagination):
    """100 a page, fixed: the document has no ``pageSize``, and consumers count on it."""

    page_size = 100
    page_size_query_param = None

    def get_page_number(self, request: Request, paginator: Any) -> Any:
        """The page that was asked for; an empty one isn't the first, but no page."""
        number = request.query_params.get(self.page_query_param, 1)
        return paginator.num_pages if number in self.last_page_strings else number
