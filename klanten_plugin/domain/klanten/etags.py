"""The ETag of a klant.

``Klant.etag`` stores the hash of the JSON representation. At every change of the klant
or of one of its groups, database triggers replace it with a marker (``!`` and the
transaction ID). The next reader computes the hash. It is stored only if the marker is
still the one that was read together with the represented values, so the hash always
matches them.

The served ETag combines that hash with the URL: the same klant under another host,
scheme or prefix is another representation (the standard, "HTTP-Caching").
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import DatabaseError, connection, transaction

import orjson
import structlog

from ...models import Klant
from ...models.triggers import MARKER as STORED_MARKER
from .reading import read_with_etags
from .representation import Representation

logger = structlog.stdlib.get_logger(__name__)

MARKER = "!"
DIGEST_BYTES = 16


def served_etag(klant: Klant, body: Representation) -> str:
    """Return the quoted strong ETag of ``body``, the representation of ``klant``."""
    if not is_known(klant.etag):
        marker, klant.etag = klant.etag, _hash(body)
        _store(klant, marker)
    return etag_at(klant.etag, body["url"])


def is_known(stored: str) -> bool:
    """Whether this value of ``Klant.etag`` is a hash, not the marker of a change."""
    return not stored.startswith(MARKER)


def etag_at(stored: str, url: str) -> str:
    """Return the quoted strong ETag for this stored hash and URL."""
    return f'"{_digest(f"{stored} {url}".encode())}"'


def etag_of(body: Mapping[str, Any], url: str) -> str:
    """Return the quoted strong ETag of any JSON representation under this URL."""
    return etag_at(_hash(body), url)


def forget_wrong_etags(tick: Callable[[int], object]) -> int:
    """Verify every stored hash, and replace wrong ones by a marker.

    Return the number of wrong ones. ``tick`` is called with the size of each batch.
    """
    wrong, last = 0, 0
    while batch := _next_keys(last):
        last = batch[-1]
        found = [
            klant.pk
            for klant, body in read_with_etags(batch)
            if is_known(klant.etag) and klant.etag != _hash(body)
        ]
        if found:
            with connection.cursor() as cursor:
                cursor.execute(FORGET, [found])
                wrong += cursor.rowcount
        tick(len(batch))
    return wrong


def _next_keys(last: int) -> list[int]:
    klanten = Klant.objects.filter(pk__gt=last).order_by("pk")
    return list(klanten.values_list("pk", flat=True)[:BATCH])


BATCH = 500

FORGET = f"UPDATE klanten_plugin_klant SET etag = {STORED_MARKER} WHERE id = ANY(%s)"  # noqa: S608


def _hash(body: Mapping[str, Any]) -> str:
    without_url = {name: value for name, value in body.items() if name != "url"}
    return _digest(orjson.dumps(without_url, option=orjson.OPT_SORT_KEYS))


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest()


def _store(klant: Klant, marker: str) -> None:
    """Store the hash for the next reader, unless the klant is being changed."""
    try:
        with _savepoint(), connection.cursor() as cursor:
            cursor.execute(STORE, [klant.etag, klant.pk, marker])
    except DatabaseError:
        # a read-only replica, for example: the response is correct regardless
        logger.warning("klant_etag_not_stored", klant=str(klant.uuid))


def _savepoint() -> AbstractContextManager[object]:
    """Return a savepoint if a transaction is open, to protect it from a failure."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


# a reader never waits for a writer, which changes the ETag anyway
STORE = """
    UPDATE klanten_plugin_klant
    SET etag = etag || ':' || %s  -- the trigger keeps what is behind the marker
    WHERE id = (
        SELECT id FROM klanten_plugin_klant
        WHERE id = %s AND etag = %s
        FOR NO KEY UPDATE SKIP LOCKED
    )
"""
