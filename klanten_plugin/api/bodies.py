"""Request bodies: reading those without a length, and discarding unread ones."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.request import Request

DROPPED_BYTES = 64 * 1024 * 1024
"""Maximum bytes of a body to discard."""
DROPPED_SECONDS = 5.0
"""Maximum seconds for discarding a body."""
PIECE = 64 * 1024
WITH_BODY = {"POST", "PUT", "PATCH"}


class BodyTooLarge(APIException):
    """413: the body is larger than ``KLANTEN_MAX_BODY_BYTES``."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("De inhoud van het verzoek is te groot.")
    default_code = "request_too_large"


class LengthRequired(APIException):
    """411: the server doesn't pass on a body without a length."""

    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = _(
        "De lengte van de inhoud moet in Content-Length staan: deze server geeft een "
        "inhoud in delen (chunked) niet door."
    )
    default_code = "length_required"


OWN_ERRORS: dict[str, type[APIException]] = {
    error.__name__: error for error in (BodyTooLarge, LengthRequired)
}
"""Errors without a page of the suite, by the name in the URL of their own page."""


def find_body(request: Request, max_bytes: int) -> None:
    """Let DRF read a body without Content-Length, which it would treat as empty.

    Reads at most one byte more than ``max_bytes``, so that the parser detects that it
    is too large. Raises :class:`LengthRequired`, and ``ParseError``.
    """
    if length_of(request._request) or request.method not in WITH_BODY:
        return
    content = body_without_length(request._request, max_bytes + 1)
    stream: Any = BytesIO(content) if content else None
    request._stream = stream  # noqa: SLF001 - as DRF does


def length_of(request: HttpRequest) -> int:
    """Return the Content-Length of a request, or 0 without one."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def body_without_length(request: HttpRequest, limit: int) -> bytes:
    """Return the first ``limit`` bytes of a body without Content-Length.

    A WSGI server that decodes such bodies sets ``wsgi.input_terminated``; under ASGI
    Django has read the complete body. Raises :class:`LengthRequired` if the server
    doesn't pass it on, and ``ParseError`` if it is incomplete.
    """
    if "wsgi.input" not in request.META:
        if _is_read(request):
            return request.body[:limit]
        return read_body(request.read, limit)
    if _read_to_the_end(request):
        return read_body(request.read, limit)
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        raise LengthRequired
    return b""


def read_body(read: Callable[[int], bytes], limit: int) -> bytes:
    """Return at most ``limit`` bytes of a stream. Raises ``ParseError``."""
    pieces: list[bytes] = []
    left = limit
    try:
        while left and (piece := read(min(left, PIECE))):
            pieces.append(piece)
            left -= len(piece)
    except Exception as error:
        message = _("De inhoud van het verzoek is niet volledig te lezen.")
        raise ParseError(message) from error
    return b"".join(pieces)


def drop_rest(request: HttpRequest, *, is_too_large: bool) -> None:
    """Discard the rest of a body, so that the client receives the response.

    If the server closes the connection while a client is still sending, the client may
    see a broken connection instead of the response. At most :data:`DROPPED_BYTES` are
    read, for :data:`DROPPED_SECONDS`; then the server closes the connection.
    """
    if not (is_too_large or _is_unread(request)):
        return
    left, end = DROPPED_BYTES, time.monotonic() + DROPPED_SECONDS
    # exceptions are suppressed, because the response is ready
    with _stopped_at_deadline(request.META), suppress(Exception):
        while left > 0 and time.monotonic() < end:
            piece = request.read(min(left, PIECE))
            if not piece:
                return
            left -= len(piece)
    _stop_reading(request.META)


def _is_unread(request: HttpRequest) -> bool:
    """Whether the client may be sending a body of which nothing was read yet."""
    if "wsgi.input" not in request.META or _is_read(request):
        return False
    has_no_length = bool(request.META.get("HTTP_TRANSFER_ENCODING"))
    return length_of(request) > 0 or (has_no_length and _read_to_the_end(request))


def _is_read(request: Any) -> bool:
    """Whether reading of the body has started. DRF checks Django's request likewise."""
    return bool(request._read_started)  # noqa: SLF001


def _read_to_the_end(request: HttpRequest) -> bool:
    """Read until the end that the server detects; return whether it can detect one."""
    if not request.META.get("wsgi.input_terminated"):
        return False
    # Django's own stream ends at the Content-Length, which is 0 here
    request._stream = request.META["wsgi.input"]  # noqa: SLF001
    return True


@contextmanager
def _stopped_at_deadline(environ: Mapping[str, Any]) -> Iterator[None]:
    """Interrupt reads at the deadline, for clients that send very slowly."""
    timer = threading.Timer(DROPPED_SECONDS, _stop_reading, [environ])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _stop_reading(environ: Mapping[str, Any]) -> None:
    """End the body now by shutting down the socket, if the server exposes it.

    gunicorn does; other servers have their own timeout for reads.
    """
    connection = environ.get("gunicorn.socket")
    if connection is not None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RD)
