"""Has the consumer this version already? (the standard, "HTTP-Caching")"""

from django.utils.http import parse_etags

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response


def is_cached(request: Request, etag: str) -> bool:
    """Whether ``If-None-Match`` names the quoted ``etag``, or anything by ``*``.

    Compared weakly (RFC 9110, 13.1.2); what isn't an ETag matches nothing.
    """
    header = request.headers.get("If-None-Match", "")
    if header.strip() == "*":
        return True
    return etag in {value.removeprefix("W/") for value in parse_etags(header)}


def not_modified(etag: str) -> Response:
    """304: no body, and the ETag that a 200 would have."""
    return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": etag})
