"""Check the objects that notifications refer to."""

from __future__ import annotations

import time

from django.db.models import Q, QuerySet

from ...clients.rollen.lists import RollenClient
from ...domain.rollen.looks import Until, queue_look
from ...domain.rollen.sources import moment, request_pass
from ...models import KlantRol, OutboxRow, RolBron
from .keep import (
    SLICE_SECONDS,
    check_relatie,
    check_unseen,
    find_bron,
    watched,
)
from .lists import mirror_list


def check(row: OutboxRow) -> None:
    """Check a relation, or all relations of a contactmoment or verzoek.

    Idempotent: the latest response of the service wins. If the object isn't in the
    state of the notification yet, another look is queued.
    """
    bron = find_bron(row.object_key.partition(":")[0])
    if bron is None:
        return
    payload = row.payload or {}
    until, url = Until(payload.get("until", "")), row.object_url
    if until == Until.GONE and not _mirrored(bron, url).exists():
        return
    with watched(bron) as client:
        is_there = _look(client, bron, url)
    if until == (Until.GONE if is_there else Until.THERE):
        queue_look(bron.pk, url, until, payload.get("look", 0) + 1)


def _look(client: RollenClient, bron: RolBron, url: str) -> bool:
    """Mirror the current state of the service; return whether the object exists."""
    if client.urls.holds(url):
        return check_relatie(client, bron, url)
    _check_parent(client, bron, url)
    return _mirrored(bron, url).exists()


def _mirrored(bron: RolBron, url: str) -> QuerySet[KlantRol]:
    current = KlantRol.objects.filter(bron=bron, retired_at=None)
    return current.filter(Q(url=url) | Q(betreft=url))


def _check_parent(client: RollenClient, bron: RolBron, url: str) -> None:
    end = time.monotonic() + SLICE_SECONDS
    begun = moment()
    if not mirror_list(client, bron, {client.urls.api.ouder: url}, end):
        request_pass(bron)
        return
    of_parent = KlantRol.objects.filter(bron=bron, betreft=url, retired_at=None)
    unseen = of_parent.filter(last_seen_at__lt=begun)
    if not check_unseen(client, bron, unseen, end):
        request_pass(bron)
