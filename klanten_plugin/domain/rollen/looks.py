"""Schedule looks at a relation or parent that a notification refers to.

Owners notify before they commit, so a created object may not be visible yet, and a
deleted one may still be visible. Looks are repeated until the object is in the state of
the notification.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from django.db import connection

from ...constants import OutboxKind
from ...models import RolBron
from ...models.relaties import owner_urls
from ..outbox import add_row
from .sources import active_bronnen

CREATE, DESTROY = "create", "destroy"


class Until(StrEnum):
    """The state that a look waits for."""

    THERE = "there"
    GONE = "gone"
    NOTHING = ""


DELAYS: dict[Until, Sequence[int]] = {
    Until.THERE: (0, 5, 60, 300),
    Until.GONE: (0, 10, 60, 300),
    Until.NOTHING: (0,),
}
"""Seconds before each look, counted from the previous one. Later looks only take place
if the earlier ones didn't find the expected state."""

PARENT_CREATE_DELAYS = (5, 60, 600, 3600)
"""Seconds until each look at a new contactmoment: its relations are created later,
without notifications."""

UPDATE_DELAYS = (0, 10)
"""Seconds until each look at a changed object. There is no expected state to wait for,
so the second look covers the case that the owner hadn't committed yet."""

MOST_UNKNOWN_ROOTS = 100
"""Maximum number of stored unknown roots per service."""


def queue_looks(resource: str, url: str, actie: str) -> None:
    """Queue looks at the object of a notification.

    Idempotent. Services that aren't mirrored and resources without klanten are ignored.
    URLs under an unknown root are counted for the administrator.
    """
    for bron in active_bronnen().order_by("pk"):
        urls = owner_urls(bron)
        is_relatie, is_parent = resource == urls.api.relatie, resource == urls.api.ouder
        own = urls.under_root(url)
        if is_relatie and urls.holds(url):
            _queue_relatie(bron, own, actie)
        elif is_parent and urls.holds_parent(url):
            _queue_parent(bron, own, actie)
        elif (is_relatie or is_parent) and (root := urls.foreign_root(url)):
            _note_root(bron, root)


def queue_look(bron_pk: int, url: str, until: Until, look: int = 0) -> None:
    """Queue the look with this number, if there is one."""
    delays = DELAYS[until]
    if look < len(delays):
        payload = {"until": until.value, "look": look}
        _queue(bron_pk, url, until.value, delays[look], payload)


def _queue_relatie(bron: RolBron, url: str, actie: str) -> None:
    if actie in (CREATE, DESTROY):
        queue_look(bron.pk, url, Until.GONE if actie == DESTROY else Until.THERE)
    else:
        _queue_all(bron, url, UPDATE_DELAYS)


def _queue_parent(bron: RolBron, url: str, actie: str) -> None:
    if actie == DESTROY:
        queue_look(bron.pk, url, Until.GONE)
    else:
        created = actie == CREATE
        _queue_all(bron, url, PARENT_CREATE_DELAYS if created else UPDATE_DELAYS)


def _queue_all(bron: RolBron, url: str, delays: Sequence[int]) -> None:
    # sorted by key, to prevent deadlocks
    for delay in sorted(delays, key=str):
        # the delay is part of the key, so that a later look doesn't replace an earlier
        # one
        _queue(bron.pk, url, str(delay), delay, {"until": Until.NOTHING.value})


def _queue(
    bron_pk: int, url: str, name: str, delay: int, payload: dict[str, Any]
) -> None:
    digest = hashlib.sha256(url.encode()).hexdigest()[:32]
    add_row(
        OutboxKind.ROL_CONTROLE,
        f"{bron_pk}:{digest}:{name}",
        object_url=url,
        payload=payload,
        delay=delay,
    )


COUNT_ROOT = """
    INSERT INTO klanten_plugin_unknownroot (bron_id, root, count, last_at)
    SELECT %(bron)s, %(root)s, 1, statement_timestamp()
    WHERE (SELECT count(*) FROM klanten_plugin_unknownroot WHERE bron_id = %(bron)s)
        < %(most)s
        OR EXISTS (
            SELECT 1 FROM klanten_plugin_unknownroot
            WHERE bron_id = %(bron)s AND root = %(root)s
        )
    ON CONFLICT (bron_id, root) DO UPDATE
    SET count = klanten_plugin_unknownroot.count + 1, last_at = EXCLUDED.last_at
"""


def _note_root(bron: RolBron, root: str) -> None:
    """Count a notification under an unknown root, unless it is one of another bron."""
    others = active_bronnen().filter(soort=bron.soort).exclude(pk=bron.pk)
    if not any(root in owner_urls(other).roots for other in others):
        values: dict[str, int | str] = {
            "bron": bron.pk,
            "root": root,
            "most": MOST_UNKNOWN_ROOTS,
        }
        with connection.cursor() as cursor:
            cursor.execute(COUNT_ROOT, values)
