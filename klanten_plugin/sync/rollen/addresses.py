"""Recognise relations again after this Klanten API got another address."""

from __future__ import annotations

import time
from itertools import groupby

from ...constants import OutboxKind
from ...domain.klanten.urls import own_addresses
from ...domain.outbox import add_row
from ...domain.rollen.mirror import apply_seen
from ...domain.rollen.sources import locked_bron, moment
from ...models import OtherRelatie, OutboxRow
from ...models.rollen import Relatie
from .keep import SLICE_SECONDS

BATCH = 500


def recognise(row: OutboxRow) -> None:
    """Mirror listed relations whose klant is recognised now.

    Idempotent, and without requests: the list has the last data of the services. If
    time runs out, another row continues.
    """
    end = time.monotonic() + SLICE_SECONDS
    after = (row.payload or {}).get("after", 0)
    chosen = OtherRelatie.objects.filter(bron__active=True).exclude(betreft="")
    while batch := list(chosen.filter(pk__gt=after).order_by("pk")[:BATCH]):
        _mirror(batch)
        after = batch[-1].pk
        if time.monotonic() > end:
            add_row(OutboxKind.ROL_ADRESSEN, row.object_key, payload={"after": after})
            return


def _mirror(batch: list[OtherRelatie]) -> None:
    addresses = own_addresses()
    ours = [other for other in batch if addresses.is_ours(other.klant_url)]
    ours.sort(key=lambda other: other.bron_id)
    for bron_pk, others in groupby(ours, key=lambda other: other.bron_id):
        with locked_bron(bron_pk) as locked:
            apply_seen(locked, [_relatie(other) for other in others], moment())


def _relatie(other: OtherRelatie) -> Relatie:
    return Relatie(
        url=other.url,
        klant=other.klant_url,
        betreft=other.betreft,
        rol=other.rol,
        indicatie_machtiging=other.indicatie_machtiging,
    )
