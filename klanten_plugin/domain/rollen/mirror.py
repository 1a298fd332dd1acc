"""Add, change and retire mirrored roles from responses of their service.

Every observation of a relation has a time, and the latest one wins:

- A relation that was *seen* has the moment at which its service was asked.
- A relation that is *gone* has the moment at which its service had answered so.

A response that was under way while a relation was deleted therefore doesn't restore it:
a service never reuses the URL of a deleted relation. Applying observations is
idempotent and commutative.
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
from ...models.relaties import Unusable
from ...models.rollen import Relatie
from ..klanten.urls import own_addresses
from ..outbox import add_row
from .others import as_other, as_unusable, forget_others, list_others
from .sources import active_bronnen

logger = structlog.stdlib.get_logger(__name__)

rol_changed = Signal()
"""A mirrored role appeared, changed or was retired.

Sent with ``sender=KlantRol``, ``rol``, the updated :class:`KlantRol`, and ``change``, a
:class:`RolChange`, in the transaction that writes the role. Writes of a receiver are
committed or rolled back with it. Keep receivers short, and do other work in
``transaction.on_commit``. An exception of a receiver is logged, and its writes are
rolled back.
"""

Facts = dict[str, Any]
"""The columns of a mirrored role that come from its service."""


@dataclass(frozen=True)
class Applied:
    """The numbers of relations: of klanten of this API, and without a klant."""

    ours: int = 0
    dangling: int = 0
    changed: int = 0


def apply_seen(
    bron: RolBron,
    relaties: Iterable[Relatie],
    at: datetime,
    unusable: Iterable[Unusable] = (),
) -> Applied:
    """Mirror relations from a response to a request at ``at``.

    The caller holds the lock of the bron (``locked_bron``). Relations of klanten of
    other Klanten APIs, and unusable ones, are listed as :class:`OtherRelatie`. An
    existing role of one of the former is retired.
    """
    addresses = own_addresses()
    by_url = {relatie.url: relatie for relatie in relaties}
    ours = {url: row for url, row in by_url.items() if addresses.is_ours(row.klant)}
    others = [row for url, row in by_url.items() if url not in ours]
    uuids = {url: addresses.uuid_of(row.klant) for url, row in ours.items()}
    # klanten before roles: see the lock order in docs/architecture.md
    klanten = _hold_klanten(uuids.values())
    retired = apply_gone(bron, by_url.keys() - ours.keys(), at)
    list_others(
        [as_other(bron, row, addresses, at) for row in others]
        + [as_unusable(bron, row, at) for row in unusable]
    )
    forget_others(bron, ours)
    facts = {
        url: _facts(bron, row, uuids[url], klanten.get(uuids[url]))
        for url, row in ours.items()
    }
    changed = _apply_facts(facts, at)
    dangling = sum(fact["klant_id"] is None for fact in facts.values())
    return Applied(len(ours), dangling, retired + changed)


def _apply_facts(facts: dict[str, Facts], at: datetime) -> int:
    """Save new and changed roles, mark others as seen; return the number saved."""
    known = {rol.url: rol for rol in KlantRol.objects.filter(url__in=facts)}
    fresh = [url for url in facts if url not in known or not _is_stale(known[url], at)]
    changes = {
        url: facts[url]
        for url in fresh
        if url not in known or _differs(known[url], facts[url])
    }
    same = [known[url].pk for url in fresh if url not in changes]
    KlantRol.objects.filter(pk__in=same).update(last_seen_at=at)
    _write(changes, known, at)
    return len(changes)


def apply_gone(bron: RolBron, urls: Iterable[str], at: datetime) -> int:
    """Retire relations that were deleted at ``at``; return their number.

    The caller holds the lock of the bron.
    """
    urls = list(urls)
    forget_others(bron, urls)
    gone = KlantRol.objects.filter(
        url__in=urls, bron=bron, retired_at=None, last_seen_at__lte=at
    )
    rollen = list(gone.select_related("klant", "bron__service"))
    for rol in rollen:
        rol.retired_at = at
    if rollen:
        pks = [rol.pk for rol in rollen]
        KlantRol.objects.filter(pk__in=pks).update(retired_at=at)
        _tell([(rol, RolChange.RETIRED) for rol in rollen])
    return len(rollen)


def release_rollen(klant: Klant) -> str:
    """Queue the handling of the roles of a klant that is being deleted.

    Part of the deleting transaction, which never waits for a service. Return the
    current policy, or "" if there are no roles.
    """
    if not (active_bronnen().exists() or klant.rollen.exists()):
        return ""
    beleid = KlantenConfig.get_solo().rollen_beleid
    add_row(OutboxKind.ROL_LOSGELATEN, str(klant.uuid), payload={"beleid": beleid})
    return beleid


def tell_released(uuid: UUID) -> None:
    """Send ``rol_changed`` for roles whose klant was deleted. Not idempotent."""
    rollen = KlantRol.objects.current().filter(klant_uuid=uuid, klant=None)
    with transaction.atomic():
        rows = rollen.select_related("bron__service").order_by("pk")
        _tell([(rol, RolChange.CHANGED) for rol in rows.iterator(chunk_size=500)])


def link_rollen(klanten: Iterable[Klant]) -> None:
    """Link roles without klant to klanten that are created with their UUID.

    Part of the transaction that creates them.
    """
    pks = {klant.uuid: klant.pk for klant in klanten}
    found = KlantRol.objects.filter(klant=None, klant_uuid__in=pks)
    rollen = list(found.select_related("bron__service"))
    for rol in rollen:
        assert rol.klant_uuid is not None
        rol.klant_id = pks[rol.klant_uuid]
    if rollen:
        KlantRol.objects.bulk_update(rollen, ["klant"])
        _tell([(rol, RolChange.CHANGED) for rol in rollen if rol.retired_at is None])


def _facts(
    bron: RolBron, relatie: Relatie, uuid: UUID | None, klant_id: int | None
) -> Facts:
    """Return the columns of the role for this relation."""
    return {
        "bron_id": bron.pk,
        "klant_id": klant_id,
        "klant_uuid": uuid,
        "klant_url": relatie.klant,
        "betreft": relatie.betreft,
        "rol": relatie.rol,
        "indicatie_machtiging": relatie.indicatie_machtiging,
        "retired_at": None,
    }


def _is_stale(rol: KlantRol, at: datetime) -> bool:
    """Whether a newer observation than ``at`` is known."""
    if rol.retired_at is not None and at <= rol.retired_at:
        return True
    return at < rol.last_seen_at


def _differs(rol: KlantRol, facts: Facts) -> bool:
    return any(getattr(rol, name) != value for name, value in facts.items())


def _hold_klanten(uuids: Iterable[UUID | None]) -> dict[UUID | None, int]:
    """Lock these klanten against deletion until the commit, and return their keys.

    This ensures that a later deletion finds the roles. It takes the lock of a foreign
    key (``FOR KEY SHARE``), which waits for a deletion or change of the klant.
    """
    wanted = sorted({str(uuid) for uuid in uuids if uuid is not None})
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [wanted])
        return dict(cursor.fetchall())


HOLD = """
    SELECT uuid, id FROM klanten_plugin_klant WHERE uuid = ANY(%s::uuid[])
    ORDER BY id FOR KEY SHARE
"""


def _write(changes: dict[str, Facts], known: dict[str, KlantRol], at: datetime) -> None:
    """Save rows, and send ``rol_changed``."""
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
    """Send ``rol_changed``; a failing receiver doesn't affect the others."""
    if not rol_changed.has_listeners(KlantRol):
        return
    for rol, change in events:
        try:
            with transaction.atomic():
                answers = rol_changed.send_robust(KlantRol, rol=rol, change=change)
        except DatabaseError as error:
            # a receiver suppressed a database error, which broke its savepoint
            _log_failure("?", error)
            continue
        for receiver, answer in answers:
            if isinstance(answer, Exception):
                _log_failure(repr(receiver), answer)


def _log_failure(receiver: str, error: Exception) -> None:
    name = type(error).__name__
    logger.error("rol_changed_receiver_failed", receiver=receiver, error=name)
