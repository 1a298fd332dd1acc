"""Synchronise the mirrored roles of a klant, or a single relation, with their services.

A role is only retired after its service reported that this relation doesn't exist. If a
list lacks it, it is fetched individually, because lists can omit rows during concurrent
writes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db.models import QuerySet

import structlog

from ...clients.rollen.lists import FilterRefused, RollenClient
from ...constants import OutboxKind, RollenBeleid
from ...domain.klanten.urls import own_addresses
from ...domain.outbox import add_row
from ...domain.rollen.mirror import apply_gone, apply_seen, tell_released
from ...domain.rollen.sources import (
    active_bronnen,
    check_pause,
    locked_bron,
    moment,
    note_error,
    note_success,
    request_pass,
)
from ...exceptions import (
    ConfigurationError,
    PermanentRemoteError,
    Postponed,
    TemporaryRemoteError,
)
from ...models import Klant, KlantRol, OutboxRow, RolBron
from ...models.relaties import Unusable
from ..outbox.run import Backoff
from .lists import mirror_list

logger = structlog.stdlib.get_logger(__name__)

SLICE_SECONDS = 20.0
"""Maximum seconds per row of the outbox, to stay within its lease."""

BATCH = 50


def rollen_backoff() -> Backoff:
    """Return a backoff of at most five minutes, because notifications are urgent."""
    return Backoff(limit=300.0)


def find_bron(pk: str | int) -> RolBron | None:
    """Return the bron, or ``None`` if its service is no longer configured."""
    return active_bronnen().filter(pk=pk).first()


@contextmanager
def watched(bron: RolBron) -> Iterator[RollenClient]:
    """Yield the client of a service, and record its successes and failures.

    Temporary errors are raised as :class:`Postponed`, because they don't affect rows
    for other services.
    """
    try:
        check_pause(bron)
    except TemporaryRemoteError as error:
        raise Postponed(str(error), error.retry_after) from error
    try:
        yield RollenClient(bron)
    except (TemporaryRemoteError, ConfigurationError) as error:
        note_error(bron, error)
        seconds = getattr(error, "retry_after", None)
        raise Postponed(str(error), seconds) from error
    except PermanentRemoteError as error:
        note_error(bron, error)
        raise
    note_success(bron)


def check_relatie(client: RollenClient, bron: RolBron, url: str) -> bool:
    """Fetch a relation, mirror or retire it, and return whether it exists.

    Idempotent: the latest response wins. An unusable relation exists; it is listed for
    the administrator, and its role isn't changed.
    """
    if ask_relatie(client, bron, url):
        return True
    answered = moment()
    with locked_bron(bron.pk) as locked:
        apply_gone(locked, [url], answered)
    return False


def ask_relatie(client: RollenClient, bron: RolBron, url: str) -> bool:
    """Fetch a relation, mirror it if it exists, and return whether it does.

    A URL under a former API root is fetched under the current root. The former host may
    belong to somebody else, who would receive our token.
    """
    asked = moment()
    relatie = client.read_relatie(under_root(client, url))
    if relatie is None:
        return False
    with locked_bron(bron.pk) as locked:
        if isinstance(relatie, Unusable):
            apply_seen(locked, [], asked, [relatie])
        else:
            apply_seen(locked, [relatie], asked)
            if relatie.url != url:
                # the same relation under its current URL
                apply_gone(locked, [url], asked)
    return True


def under_root(client: RollenClient, url: str) -> str:
    """Return the URL of a relation under the current API root."""
    return f"{client.urls.collection}/{url.rpartition('/')[2]}"


def check_unseen(
    client: RollenClient, bron: RolBron, unseen: QuerySet[KlantRol], end: float
) -> bool:
    """Check each of these roles; return ``False`` if time ran out."""
    last = 0
    while rows := list(
        unseen.filter(pk__gt=last).order_by("pk").values_list("pk", "url")[:BATCH]
    ):
        for last, url in rows:  # noqa: B007 - start of the next batch
            if time.monotonic() > end:
                return False
            check_relatie(client, bron, url)
    return True


def request_klant(klant: Klant) -> None:
    """Queue reading the roles of a klant: a row of the outbox per service."""
    for bron in active_bronnen():
        add_row(OutboxKind.ROL_KLANT, f"{klant.uuid}:{bron.pk}")


def sync_klant(row: OutboxRow) -> None:
    """Read the roles of a klant at one service. Idempotent."""
    uuid, bron = klant_and_bron(row)
    if bron is None:
        return
    with watched(bron) as client:
        _sync(client, bron, uuid)


def sync_klant_now(klant: Klant, bron: RolBron) -> None:
    """Like :func:`sync_klant`, but synchronously for a user."""
    with watched(bron) as client:
        _sync(client, bron, klant.uuid)


def release(row: OutboxRow) -> None:
    """Send ``rol_changed`` for roles without klant, and queue their removal by policy.

    If it runs twice, the signal is sent twice; queueing the removal is idempotent.
    """
    uuid = UUID(row.object_key)
    if Klant.objects.filter(uuid=uuid).exists():
        return
    tell_released(uuid)
    if (row.payload or {}).get("beleid") == RollenBeleid.REMOVE:
        for bron in active_bronnen():
            add_row(OutboxKind.ROL_VERWIJDEREN, f"{uuid}:{bron.pk}")


def _sync(client: RollenClient, bron: RolBron, uuid: UUID) -> None:
    """Mirror the relations at the service under every known URL of a klant."""
    end = time.monotonic() + SLICE_SECONDS
    begun = moment()
    of_klant = KlantRol.objects.filter(bron=bron, klant_uuid=uuid, retired_at=None)
    for form in klant_urls(of_klant, uuid):
        try:
            if not mirror_list(client, bron, {"klant": form}, end):
                # thousands of roles: leave them to the pass, which stores its progress
                request_pass(bron)
                return
        except FilterRefused:
            # a strict service refuses unknown host names, and then has no such
            # relations
            logger.info("klant_filter_refused", bron=bron.pk)
    if not check_unseen(client, bron, of_klant.filter(last_seen_at__lt=begun), end):
        request_pass(bron)


def klant_urls(of_klant: QuerySet[KlantRol], uuid: UUID) -> list[str]:
    """Return the URLs to filter by, because services filter byte for byte.

    Includes all own addresses, and the spellings in mirrored roles.
    """
    forms = own_addresses().urls_of(uuid)
    spelled = of_klant.exclude(klant_url__in=forms).order_by("klant_url")
    return forms + list(spelled.values_list("klant_url", flat=True).distinct())


def klant_and_bron(row: OutboxRow) -> tuple[UUID, RolBron | None]:
    """Return the UUID and the bron in the key of a row, or ``None`` if inactive."""
    uuid, _colon, pk = row.object_key.partition(":")
    return UUID(uuid), find_bron(pk)
