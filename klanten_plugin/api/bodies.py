"""The body of a request: one without a length, and what is left of one unread."""

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
"""Bytes of a body that are read to be dropped."""
DROPPED_SECONDS = 5.0
"""Seconds that reading them may take."""
PIECE = 64 * 1024
WITH_BODY = {"POST", "PUT", "PATCH"}


class BodyTooLarge(APIException):
    """413: the body is larger than ``KLANTEN_MAX_BODY_BYTES``."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("De inhoud van het verzoek is te groot.")
    default_code = "request_too_large"


class LengthRequired(APIException):
    """411: the server in front of us doesn't hand over a body without a length."""

    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = _(
        "De lengte van de inhoud moet in Content-Length staan: deze server geeft een "
        "inhoud in delen (chunked) niet door."
    )
    default_code = "length_required"


OWN_ERRORS: dict[str, type[APIException]] = {
    error.__name__: error for error in (BodyTooLarge, LengthRequired)
}
"""Errors that the suite has no page for, by the name in the URL of ours."""


def find_body(request: Request, max_bytes: int) -> None:
    """Let DRF read a body that has no Content-Length, which it takes for an empty one.

    Not more than a byte above ``max_bytes``, by which the parser sees that it is too
    large. Raises :class:`LengthRequired`, and ``ParseError``.
    """
    if length_of(request._request) or request.method not in WITH_BODY:
        return
    content = body_without_length(request._request, max_bytes + 1)
    stream: Any = BytesIO(content) if content else None
    request._stream = stream  # noqa: SLF001 - as DRF's own look for it does


def length_of(request: HttpRequest) -> int:
    """The Content-Length of a request; 0 where it has none."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def body_without_length(request: HttpRequest, limit: int) -> bytes:
    """The first ``limit`` bytes of a body without Content-Length.

    A WSGI server that decodes such bodies says so (``wsgi.input_terminated``); under
    ASGI Django has read all of it. Raises :class:`LengthRequired` where the server
    can't hand it over, and ``ParseError`` where it isn't complete.
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
    """The bytes of a stream, ``limit`` at most. Raises ``ParseError``."""
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
    """Read and drop what is left of a body, so that the client reads the answer.

    A client that still sends when the server closes the connection sees it broken, and
    may never look for an answer. What is left after :data:`DROPPED_BYTES` or
    :data:`DROPPED_SECONDS` isn't read: the server closes the connection.
    """
    if not (is_too_large or _is_unread(request)):
        return
    left, end = DROPPED_BYTES, time.monotonic() + DROPPED_SECONDS
    # whatever breaks here, the answer is ready
    with _stopped_at_deadline(request.META), suppress(Exception):
        while left > 0 and time.monotonic() < end:
            piece = request.read(min(left, PIECE))
            if not piece:
                return
            left -= len(piece)
    _stop_reading(request.META)


def _is_unread(request: HttpRequest) -> bool:
    """Whether the client may still be sending a body of which nothing was read."""
    if "wsgi.input" not in request.META or _is_read(request):
        return False
    has_no_length = bool(request.META.get("HTTP_TRANSFER_ENCODING"))
    return length_of(request) > 0 or (has_no_length and _read_to_the_end(request))


def _is_read(request: Any) -> bool:
    """Whether somebody began to read the body; DRF asks Django's request so, too."""
    return bool(request._read_started)  # noqa: SLF001


def _read_to_the_end(request: HttpRequest) -> bool:
    """Let reads go on to the end that the server finds; whether it finds one."""
    if not request.META.get("wsgi.input_terminated"):
        return False
    # Django's own stops at the Content-Length, and so at once
    request._stream = request.META["wsgi.input"]  # noqa: SLF001
    return True


@contextmanager
def _stopped_at_deadline(environ: Mapping[str, Any]) -> Iterator[None]:
    """Also end a read that waits for a client that sends next to nothing."""
    timer = threading.Timer(DROPPED_SECONDS, _stop_reading, [environ])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _stop_reading(environ: Mapping[str, Any]) -> None:
    """Let the server find an end of the body now, where it shows its socket.

    gunicorn does; others have a limit of their own on the time that a read may take.
    """
    connection = environ.get("gunicorn.socket")
    if connection is not None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RD)
