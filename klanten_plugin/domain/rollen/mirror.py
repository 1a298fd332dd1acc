"""Add, change and retire mirrored roles, from what their service says.

Everything that is learned about a relation has a moment, and the latest is believed:

- A relation that was *seen* has the moment at which its service was asked.
- A relation that is *gone* has the moment at which its service had answered so.

So an answer that was under way while a relation was deleted doesn't bring it back: a
service never gives the URL of a deleted relation to another one. All of it may be
applied twice, and in any order: the result is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.dispatch import Signal

import structlog

from ...constants import OutboxKind, RolChange
from ...models import Klant, KlantenConfig, KlantRol, RolBron
from ...models.rollen import Relatie
from ..klanten.urls import OwnAddresses, own_addresses
from ..outbox import add_row
from .sources import active_bronnen

logger = structlog.stdlib.get_logger(__name__)

rol_changed = Signal()
"""A mirrored role appeared, changed or was retired.

Sent with ``sender=KlantRol``, ``rol``, the :class:`KlantRol` as it is now, and
``change``, a :class:`RolChange`; in the transaction that writes the role, so that what
a receiver writes is kept or lost together with it. Be quick there, and leave the rest
to ``transaction.on_commit``. An exception of a receiver is logged; its writes are undone.
"""

Facts = dict[str, Any]
"""The columns of a mirrored role that its service decides."""


@dataclass(frozen=True)
class Applied:
    """How many relations there were: of klanten of ours, and without a klant."""

    ours: int = 0
    dangling: int = 0
    changed: int = 0


def apply_seen(bron: RolBron, relaties: Iterable[Relatie], at: datetime) -> Applied:
    """Mirror relations that their service gave when it was asked at ``at``.

    The caller holds the lock of the bron (``locked_bron``). A relation that belongs to
    a klant of another Klanten API by now is retired here.
    """
    addresses = own_addresses()
    by_url = {relatie.url: relatie for relatie in relaties}
    ours = {url: row for url, row in by_url.items() if addresses.is_ours(row.klant)}
    retired = apply_gone(bron, by_url.keys() - ours.keys(), at)
    known = {rol.url: rol for rol in KlantRol.objects.filter(url__in=ours)}
    facts = _facts(bron, ours.values(), addresses)
    fresh = [url for url in ours if url not in known or not _is_stale(known[url], at)]
    changes = {
        url: facts[url]
        for url in fresh
        if url not in known or _differs(known[url], facts[url])
    }
    same = [known[url].pk for url in fresh if url not in changes]
    KlantRol.objects.filter(pk__in=same).update(last_seen_at=at)
    _hold_klanten(changes)
    _write(changes, known, at)
    dangling = sum(fact["klant_id"] is None for fact in facts.values())
    return Applied(len(ours), dangling, retired + len(changes))


def apply_gone(bron: RolBron, urls: Iterable[str], at: datetime) -> int:
    """Retire relations that their service had said at ``at`` to be gone; how many.

    The caller holds the lock of the bron.
    """
    gone = KlantRol.objects.filter(
        url__in=list(urls), bron=bron, retired_at=None, last_seen_at__lte=at
    )
    rollen = list(gone.select_related("klant", "bron__service"))
    for rol in rollen:
        rol.retired_at = at
    if rollen:
        pks = [rol.pk for rol in rollen]
        KlantRol.objects.filter(pk__in=pks).update(retired_at=at)
        _tell([(rol, RolChange.RETIRED) for rol in rollen])
    return len(rollen)


def release_rollen(klant: Klant) -> None:
    """Have a worker look after the roles of a klant that is being deleted.

    Part of the transaction that deletes it, and no more than a row: nothing that a
    service does or doesn't do holds up the deletion. The policy is that of this moment.
    """
    if active_bronnen().exists() or klant.rollen.exists():
        add_row(
            OutboxKind.ROL_LOSGELATEN,
            str(klant.uuid),
            payload={"beleid": KlantenConfig.get_solo().rollen_beleid},
        )


def tell_released(uuid: UUID) -> None:
    """Tell the host of the roles whose klant is gone. Twice is told twice."""
    rollen = KlantRol.objects.current().filter(klant_uuid=uuid, klant=None)
    with transaction.atomic():
        rows = rollen.select_related("bron__service").order_by("pk")
        _tell([(rol, RolChange.CHANGED) for rol in rows.iterator(chunk_size=500)])


def _facts(
    bron: RolBron, relaties: Iterable[Relatie], addresses: OwnAddresses
) -> dict[str, Facts]:
    """What the columns of each relation must hold, by its URL."""
    relaties = list(relaties)
    uuids = {relatie.url: addresses.uuid_of(relatie.klant) for relatie in relaties}
    known = {uuid for uuid in uuids.values() if uuid is not None}
    rows = Klant.objects.filter(uuid__in=known).values_list("uuid", "pk")
    klanten: dict[UUID | None, int] = dict(rows)
    return {
        relatie.url: {
            "bron_id": bron.pk,
            "klant_id": klanten.get(uuids[relatie.url]),
            "klant_uuid": uuids[relatie.url],
            "klant_url": relatie.klant,
            "betreft": relatie.betreft,
            "rol": relatie.rol,
            "indicatie_machtiging": relatie.indicatie_machtiging,
            "retired_at": None,
        }
        for relatie in relaties
    }


def _is_stale(rol: KlantRol, at: datetime) -> bool:
    """Whether something newer is known than what was asked at ``at``."""
    if rol.retired_at is not None and at <= rol.retired_at:
        return True
    return at < rol.last_seen_at


def _differs(rol: KlantRol, facts: Facts) -> bool:
    return any(getattr(rol, name) != value for name, value in facts.items())


def _hold_klanten(changes: dict[str, Facts]) -> None:
    """Keep the klanten from being deleted before the roles are there to be released.

    A klant that is gone by now isn't linked. The lock is the one that a foreign key
    takes: it waits for a deletion, and for nothing else than a writer of this klant.
    """
    pks = {facts["klant_id"] for facts in changes.values()} - {None}
    if not pks:
        return
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [sorted(pks)])
        held = {row[0] for row in cursor.fetchall()}
    for facts in changes.values():
        if facts["klant_id"] not in held:
            facts["klant_id"] = None


HOLD = """
    SELECT id FROM klanten_plugin_klant WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE
"""


def _write(changes: dict[str, Facts], known: dict[str, KlantRol], at: datetime) -> None:
    """Add and change rows, and tell the host."""
    added: list[KlantRol] = []
    changed: list[KlantRol] = []
    for url, facts in changes.items():
        rol = known.get(url) or KlantRol(url=url, first_seen_at=at)
        (changed if url in known else added).append(rol)
        rol.last_seen_at = at
        for name, value in facts.items():
            setattr(rol, name, value)
    KlantRol.objects.bulk_create(added)
    KlantRol.objects.bulk_update(changed, UPDATED)
    events = [(rol, RolChange.APPEARED) for rol in added]
    _tell(events + [(rol, RolChange.CHANGED) for rol in changed])


UPDATED = [
    "bron",
    "klant",
    "klant_uuid",
    "klant_url",
    "betreft",
    "rol",
    "indicatie_machtiging",
    "retired_at",
    "last_seen_at",
]


def _tell(events: Sequence[tuple[KlantRol, RolChange]]) -> None:
    """Tell those who listen; what a receiver does wrong stays its own."""
    if not rol_changed.has_listeners(KlantRol):
        return
    for rol, change in events:
        try:
            with transaction.atomic():
                answers = rol_changed.send_robust(KlantRol, rol=rol, change=change)
        except DatabaseError as error:
            # a receiver broke the transaction of its savepoint, and hid that
            _log_failure("?", error)
            continue
        for receiver, answer in answers:
            if isinstance(answer, Exception):
                _log_failure(repr(receiver), answer)


def _log_failure(receiver: str, error: Exception) -> None:
    name = type(error).__name__
    logger.error("rol_changed_receiver_failed", receiver=receiver, error=name)
