"""Keep the mirrored roles of a klant, or of one relation, in step with their services.

A role is only ever retired after its service said of that very relation that it isn't
there. That a list doesn't have it is a reason to ask, no more: lists shift while others
write, and so they miss rows.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

import structlog

from ...clients.rollen.lists import FilterRefused, RollenClient
from ...constants import OutboxKind, RollenBeleid, RolSoort
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
from ...models.relaties import Unusable, owner_urls
from ..outbox.run import Backoff
from .lists import mirror_list

logger = structlog.stdlib.get_logger(__name__)

SLICE_SECONDS = 20.0
"""Longer isn't worked on one row of the outbox: its lease must not run out."""

BATCH = 50

TOELICHTING = gettext_lazy("De klant van deze relatie is verwijderd.")
"""What the audit trail of the service says of why a relation was deleted."""


def rollen_backoff() -> Backoff:
    """Within minutes of a service's return, too: notifications are about now."""
    return Backoff(limit=300.0)


def find_bron(pk: str | int) -> RolBron | None:
    """The bron, if its service is still chosen."""
    return active_bronnen().filter(pk=pk).first()


def client_of(bron: RolBron) -> RollenClient:
    """The client of the service, which knows the aliases of its API root."""
    aliases = owner_urls(bron).aliases
    return RollenClient(bron.service, RolSoort(bron.soort), aliases)


@contextmanager
def watched(bron: RolBron) -> Iterator[RollenClient]:
    """Speak with a service, and keep the books on how that goes.

    What fails for now is raised as :class:`Postponed`: it says nothing of the rows that
    are about other services.
    """
    try:
        check_pause(bron)
    except TemporaryRemoteError as error:
        raise Postponed(str(error), error.retry_after) from error
    try:
        yield client_of(bron)
    except (TemporaryRemoteError, ConfigurationError) as error:
        note_error(bron, error)
        seconds = getattr(error, "retry_after", None)
        raise Postponed(str(error), seconds) from error
    except PermanentRemoteError as error:
        note_error(bron, error)
        raise
    note_success(bron)


def check_relatie(client: RollenClient, bron: RolBron, url: str) -> bool:
    """Ask for one relation, and mirror or retire it; whether it is there.

    Idempotent: the latest answer counts. A relation that can't be used is there, and is
    listed for the administrator; its role stays as it was.
    """
    if ask_relatie(client, bron, url):
        return True
    answered = moment()
    with locked_bron(bron.pk) as locked:
        apply_gone(locked, [url], answered)
    return False


def ask_relatie(client: RollenClient, bron: RolBron, url: str) -> bool:
    """Ask for one relation, and mirror it if it is there; whether it is.

    A URL that isn't under the API root, because the service had another address when
    the relation was mirrored, is asked for under the root of now: the old one is of
    nobody, and our token would go along.
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
                # the same relation, under its URL of now
                apply_gone(locked, [url], asked)
    return True


def under_root(client: RollenClient, url: str) -> str:
    """Return the URL of a relation under the API root of now."""
    return f"{client.urls.collection}/{url.rpartition('/')[2]}"


def check_unseen(
    client: RollenClient, bron: RolBron, unseen: QuerySet[KlantRol], end: float
) -> bool:
    """Ask for each of these roles by itself; ``False`` if there was no time for all."""
    last = 0
    while rows := list(
        unseen.filter(pk__gt=last).order_by("pk").values_list("pk", "url")[:BATCH]
    ):
        for last, url in rows:  # noqa: B007 - where the next batch begins
            if time.monotonic() > end:
                return False
            check_relatie(client, bron, url)
    return True


def request_klant(klant: Klant) -> None:
    """Have the roles of one klant read at every service: a row of the outbox each."""
    for bron in active_bronnen():
        add_row(OutboxKind.ROL_KLANT, f"{klant.uuid}:{bron.pk}")


def sync_klant(row: OutboxRow) -> None:
    """Read the roles of one klant at one service. Twice gives the same."""
    uuid, bron = klant_and_bron(row)
    if bron is None:
        return
    with watched(bron) as client:
        _sync(client, bron, uuid)


def sync_klant_now(klant: Klant, bron: RolBron) -> None:
    """The same while somebody waits for it."""
    with watched(bron) as client:
        _sync(client, bron, klant.uuid)


def release(row: OutboxRow) -> None:
    """Tell the host of roles without klant, and have them removed if that is the policy.

    Twice: the host is told twice, and asking for the same removal twice is free.
    """
    uuid = UUID(row.object_key)
    if Klant.objects.filter(uuid=uuid).exists():
        return
    tell_released(uuid)
    if (row.payload or {}).get("beleid") == RollenBeleid.REMOVE:
        for bron in active_bronnen():
            add_row(OutboxKind.ROL_VERWIJDEREN, f"{uuid}:{bron.pk}")


def _sync(client: RollenClient, bron: RolBron, uuid: UUID) -> None:
    """Mirror what the service gives under every known URL of a klant."""
    end = time.monotonic() + SLICE_SECONDS
    begun = moment()
    of_klant = KlantRol.objects.filter(bron=bron, klant_uuid=uuid, retired_at=None)
    for form in klant_urls(of_klant, uuid):
        try:
            if not mirror_list(client, bron, {"klant": form}, end):
                # thousands of roles: that is for the pass, which goes on where it was
                request_pass(bron)
                return
        except FilterRefused:
            # a strict service doesn't take every host name; then it holds none either
            logger.info("klant_filter_refused", bron=bron.pk)
    if not check_unseen(client, bron, of_klant.filter(last_seen_at__lt=begun), end):
        request_pass(bron)


def klant_urls(of_klant: QuerySet[KlantRol], uuid: UUID) -> list[str]:
    """Return the URLs to ask for: services filter byte for byte.

    Those of our own addresses, and the spellings that are known from roles.
    """
    forms = own_addresses().urls_of(uuid)
    spelled = of_klant.exclude(klant_url__in=forms).order_by("klant_url")
    return forms + list(spelled.values_list("klant_url", flat=True).distinct())


def klant_and_bron(row: OutboxRow) -> tuple[UUID, RolBron | None]:
    """Return the UUID and the bron in the key of a row; ``None`` if it isn't chosen."""
    uuid, _colon, pk = row.object_key.partition(":")
    return UUID(uuid), find_bron(pk)
