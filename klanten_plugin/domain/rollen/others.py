"""Relations that aren't mirrored, for administrators and for the count of a pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef

from ...constants import OutboxKind
from ...models import KlantRol, OtherRelatie, RolBron
from ...models.relaties import Unusable, key_of
from ...models.rollen import Relatie
from ..klanten.urls import OwnAddresses
from ..outbox import add_row

BATCH = 1000

UPDATED = [
    "url",
    "klant_url",
    "betreft",
    "rol",
    "indicatie_machtiging",
    "reason",
    "seen_at",
]


def as_other(
    bron: RolBron, relatie: Relatie, addresses: OwnAddresses, at: datetime
) -> OtherRelatie:
    """Return the row of a relation whose klant isn't of this API."""
    return OtherRelatie(
        bron=bron,
        key=key_of(relatie.url),
        url=relatie.url,
        klant_url=relatie.klant,
        betreft=relatie.betreft,
        rol=relatie.rol,
        indicatie_machtiging=relatie.indicatie_machtiging,
        reason=addresses.reason(relatie.klant),
        seen_at=at,
    )


def as_unusable(bron: RolBron, row: Unusable, at: datetime) -> OtherRelatie:
    """Return the row of a relation that can't be used."""
    return OtherRelatie(
        bron=bron,
        key=row.key,
        url=row.url,
        klant_url=row.klant,
        reason=row.reason,
        seen_at=at,
    )


def list_others(rows: Sequence[OtherRelatie]) -> None:
    """Add or refresh rows of the list. The caller holds the lock of the bron."""
    by_key = {row.key: row for row in rows}
    OtherRelatie.objects.bulk_create(
        [by_key[key] for key in sorted(by_key)],
        update_conflicts=True,
        unique_fields=["bron", "key"],
        update_fields=UPDATED,
    )


def forget_others(bron: RolBron, urls: Iterable[str]) -> None:
    """Remove relations from the list, because they are mirrored now, or deleted."""
    keys = [key_of(url) for url in urls]
    if keys:
        OtherRelatie.objects.filter(bron=bron, key__in=keys).delete()


def forget_unseen_others(bron: RolBron, since: datetime) -> None:
    """Remove all relations from the list that a complete pass didn't meet."""
    old = OtherRelatie.objects.filter(bron=bron, seen_at__lt=since)
    while pks := list(old.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        OtherRelatie.objects.filter(pk__in=pks).delete()


def request_recognition() -> None:
    """Queue a check of the list for relations that can be mirrored now."""
    if OtherRelatie.objects.exists():
        add_row(OutboxKind.ROL_ADRESSEN, "alle")


def count_known(bron: RolBron, since: datetime | None = None) -> int:
    """Return the number of distinct relations of the service, or those met ``since``."""
    roles = KlantRol.objects.filter(bron=bron, retired_at=None)
    others = OtherRelatie.objects.filter(bron=bron)
    # a mirrored role whose relation became unusable is in both
    both = Exists(roles.filter(url=OuterRef("url")))
    if since is not None:
        roles = roles.filter(last_seen_at__gte=since)
        others = others.filter(seen_at__gte=since)
    return roles.count() + others.exclude(both).count()
