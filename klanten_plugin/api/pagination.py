"""Pages of klanten."""

from rest_framework.pagination import PageNumberPagination


class KlantenPagination(PageNumberPagination):
    """100 a page, fixed: the document has no ``pageSize``, and consumers count on it."""

    page_size = 100
    page_size_query_param = None
