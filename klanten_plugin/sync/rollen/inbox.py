"""Follow the notifications of the services that hold roles.

A notification is a hint: what is true is asked of the service itself.
"""

from __future__ import annotations

import hashlib
import time

from django.db.models import Q

from ...clients.rollen.lists import RollenClient
from ...constants import OutboxKind
from ...domain.outbox import add_row
from ...domain.rollen.sources import active_bronnen, moment, request_pass
from ...models import KlantRol, OutboxRow, RolBron
from .keep import (
    SLICE_SECONDS,
    check_relatie,
    check_unseen,
    client_of,
    find_bron,
    watched,
)
from .lists import mirror_list

CREATE, DESTROY = "create", "destroy"

NOW = (0,)

PARENT_DELAYS = (5, 60, 600, 3600)
"""Seconds after which a new contactmoment is looked at: its relations are made after it,
and nobody says when."""

DESTROY_DELAYS = (0, 10, 300)
"""Seconds after which something that should be gone is looked at, as long as it isn't:
a service may tell so before its own transaction ends."""


def follow(row: OutboxRow) -> None:
    """Have looked at what a notification names. Twice gives the same rows, once.

    Of a service that we don't mirror, and of a resource that has no klanten, nothing
    follows.
    """
    payload = row.payload or {}
    resource, actie = payload.get("resource"), payload.get("actie")
    for bron in active_bronnen():
        client, url = client_of(bron), row.object_url
        if resource == client.api.relatie and client.holds(url):
            _ask(bron, url, DESTROY_DELAYS if actie == DESTROY else NOW)
        elif resource == client.api.ouder and client.holds_parent(url):
            delays = {CREATE: PARENT_DELAYS, DESTROY: DESTROY_DELAYS}
            _ask(bron, url, delays.get(actie or "", NOW))


def _ask(bron: RolBron, url: str, delays: tuple[int, ...]) -> None:
    digest = hashlib.sha256(url.encode()).hexdigest()[:32]
    for delay in delays:
        # the delay is part of the key: what waits for an hour doesn't hold back a look now
        add_row(
            OutboxKind.ROL_CONTROLE,
            f"{bron.pk}:{digest}:{delay}",
            object_url=url,
            payload={"until_gone": delays is DESTROY_DELAYS},
            delay=delay,
        )


def check(row: OutboxRow) -> None:
    """Look at one relation, or at those of one contactmoment or verzoek.

    Twice does no harm: the latest answer of the service counts.
    """
    bron = find_bron(row.object_key.partition(":")[0])
    url = row.object_url
    if bron is None:
        return
    mirrored = KlantRol.objects.filter(bron=bron, retired_at=None)
    if (row.payload or {}).get("until_gone"):
        mirrored = mirrored.filter(Q(url=url) | Q(betreft=url))
        if not mirrored.exists():
            return
    with watched(bron) as client:
        if client.holds(url):
            check_relatie(client, bron, url)
        else:
            _check_parent(client, bron, url)


def _check_parent(client: RollenClient, bron: RolBron, url: str) -> None:
    end = time.monotonic() + SLICE_SECONDS
    begun = moment()
    for _applied in mirror_list(client, bron, {client.api.ouder: url}):
        if time.monotonic() > end:
            request_pass(bron)
            return
    of_parent = KlantRol.objects.filter(bron=bron, betreft=url, retired_at=None)
    unseen = of_parent.filter(last_seen_at__lt=begun)
    if not check_unseen(client, bron, unseen, end):
        request_pass(bron)
