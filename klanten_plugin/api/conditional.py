"""Conditional requests with ``If-None-Match`` (the standard, "HTTP-Caching")."""

from django.utils.http import parse_etags

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response


def is_cached(request: Request, etag: str) -> bool:
    """Whether ``If-None-Match`` contains the quoted ``etag`` or is ``*``.

    Uses weak comparison (RFC 9110, 13.1.2). Invalid ETags never match.
    """
    header = request.headers.get("If-None-Match", "")
    if header.strip() == "*":
        return True
    return etag in {value.removeprefix("W/") for value in parse_etags(header)}


def not_modified(etag: str) -> Response:
    """Return a 304 without a body, with the ETag that a 200 would have."""
    return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": etag})
