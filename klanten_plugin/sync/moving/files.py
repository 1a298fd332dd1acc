"""Write and read files with a klant as JSON on each line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import IO

from django.db import connection, transaction
from django.utils.translation import gettext as _

import orjson

from ...domain.klanten import reading
from ...domain.klanten.addresses import own_collection_url
from ...models import Klant
from ..outbox.progress import Progress, unwatched
from .copying import Row

BATCH = 500
MAX_LINE_BYTES = 1024 * 1024
"""Maximum length of a line, the same as the default maximum of a request body."""

SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


def write_klanten(
    write: Callable[[bytes], object], progress: Progress = unwatched
) -> int:
    """Write a consistent snapshot of all klanten, one JSON representation per line.

    Reads by primary key in one transaction, without a cursor: memory use is constant,
    and it works behind a pooler in transaction mode. Must not be called within a
    transaction. Return the number of klanten.
    """
    url = own_collection_url()
    keys = Klant.objects.order_by("pk").values_list("pk", flat=True)
    count = last = 0
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(SNAPSHOT)
        while batch := list(keys.filter(pk__gt=last)[:BATCH]):
            for body in reading.read_klanten(batch, url):
                write(orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE))
            count, last = count + len(batch), batch[-1]
            progress(len(batch))
    return count


def read_lines(stream: IO[bytes]) -> Iterator[list[Row]]:
    """Yield the klanten of a file in batches. Empty lines are skipped."""
    rows = (
        Row(_("regel {number}").format(number=number), _parse(line))
        for number, line in enumerate(_lines(stream), start=1)
        if line is None or line.strip()
    )
    while batch := list(islice(rows, BATCH)):
        yield batch


def _lines(stream: IO[bytes]) -> Iterator[bytes | None]:
    """Yield the lines, with ``None`` for one that is too long, which is skipped."""
    while line := stream.readline(MAX_LINE_BYTES):
        if len(line) < MAX_LINE_BYTES or line.endswith(b"\n"):
            yield line
            continue
        while (rest := stream.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
            pass
        yield None


def _parse(line: bytes | None) -> object:
    """Return the parsed line, or ``None`` if it isn't valid JSON."""
    try:
        return (
            None if line is None else orjson.loads(line.removeprefix(b"\xef\xbb\xbf"))
        )
    except orjson.JSONDecodeError:
        return None
