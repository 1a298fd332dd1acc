"""Say which version of the API answered, whatever else the host puts in the header."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase
from django.urls import NoReverseMatch, reverse

from ..constants import API_VERSION

VERSION_HEADER = "API-version"


class APIVersionMiddleware:
    """Set ``API-version`` on every answer under the plugin's URLs; correct a 304.

    Put it first: the suite's own middleware overwrites the header with the one version
    of its host, and answers that no view made (a refused host name) have none.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if _is_ours(request):
            response[VERSION_HEADER] = API_VERSION
            if response.status_code == HTTPStatus.NOT_MODIFIED:
                # Django's CommonMiddleware says 0, where the length of a 200 is meant
                # (RFC 9110, 8.6)
                del response["Content-Length"]
        return response


def _is_ours(request: HttpRequest) -> bool:
    try:
        root = reverse("klanten-api-root")
    except NoReverseMatch:  # mounted elsewhere, or not at all
        return False
    return request.path.startswith(root)
