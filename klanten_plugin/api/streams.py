"""Stream lists of any length in constant memory."""

from __future__ import annotations

from array import array
from collections.abc import AsyncIterator, Iterator

from django.core.handlers.asgi import ASGIRequest
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse

import orjson
from asgiref.sync import sync_to_async
from vng_api_common.audittrails.models import AuditTrail

from .audit_lines import represent_lines

BATCH = 200
"""Maximum number of audit lines in memory; longer lists are streamed."""


def stream_lines(
    request: HttpRequest, lines: QuerySet[AuditTrail]
) -> StreamingHttpResponse:
    """Return a streaming response with these audit lines, at least one.

    It has no ``Content-Length``. If the database fails midway, the connection ends
    without the last chunk, so that consumers detect the incomplete response.
    """
    chunks = iter(()) if request.method == "HEAD" else _chunks(lines)
    is_async = isinstance(request, ASGIRequest)
    return StreamingHttpResponse(
        _unblocked(chunks) if is_async else chunks, content_type="application/json"
    )


def _chunks(lines: QuerySet[AuditTrail]) -> Iterator[bytes]:
    # eight bytes per line; the index isn't ordered, so batches are read by primary key
    keys = array("q", lines.values_list("pk", flat=True))
    separator = b"["
    for start in range(0, len(keys), BATCH):
        batch = AuditTrail.objects.filter(pk__in=keys[start : start + BATCH].tolist())
        # empty if the klant is deleted meanwhile
        if shown := represent_lines(batch.order_by("pk")):
            yield separator + orjson.dumps(shown)[1:-1]
            separator = b","
    yield b"]" if separator == b"," else b"[]"


async def _unblocked(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the chunks, produced in a thread that can wait for the database."""
    following = sync_to_async(lambda: next(chunks, b""))
    while chunk := await following():
        yield chunk
