"""Services with roles: selection, full passes, and pauses after errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ...constants import OutboxKind
from ...exceptions import RemoteError, TemporaryRemoteError
from ...models import KlantenConfig, RolBron
from ...models.rollen import ERROR_LENGTH
from ..outbox import add_row

SECONDS = "seconden"
"""Key in ``RolBron.counts`` for the duration of a pass."""

MOST_OF_TIME = 0.1
"""Maximum fraction of time for passes that a look requests."""

PAUSE_SECONDS = 5.0
MAX_PAUSE_SECONDS = 300.0
MAX_RETRY_AFTER_SECONDS = 3600.0


def active_bronnen() -> QuerySet[RolBron]:
    """Return the services in the configuration, as of the last :func:`read_choice`."""
    return RolBron.objects.filter(active=True).select_related("service")


def read_choice() -> None:
    """Synchronise ``RolBron`` with the configuration; queue passes of new rows.

    Rows of a service that is no longer configured are kept, but inactive. Idempotent.
    """
    chosen = []
    for soort, services in KlantenConfig.get_solo().rollen_services().items():
        for service in services:
            bron, created = RolBron.objects.get_or_create(service=service, soort=soort)
            chosen.append(bron.pk)
            if created or not bron.active:
                request_pass(bron)
    RolBron.objects.filter(pk__in=chosen, active=False).update(active=True)
    RolBron.objects.exclude(pk__in=chosen).filter(active=True).update(active=False)


def set_aliases(bron: RolBron, aliases: list[str]) -> None:
    """Save the other API roots of a service, and queue a pass."""
    bron.aliases = aliases
    with transaction.atomic():
        bron.save(update_fields=["aliases"])
        roots = [alias.rstrip("/") for alias in aliases]
        bron.unknown_roots.filter(root__in=roots).delete()
        note_success(bron)
        if bron.active:
            request_pass(bron)


def request_pass(bron: RolBron, delay: float = 0.0) -> None:
    """Queue a full pass of the service, or join one that is running."""
    add_row(OutboxKind.ROL_BRON, str(bron.pk), delay=delay)


def request_spaced_pass(bron: RolBron) -> None:
    """Queue a full pass of the service, limited to a tenth of the time.

    After a pass of an hour the next one waits nine hours, so that looks at a service
    with frequent changes don't cause continuous passes.
    """
    delay = 0.0
    if bron.pass_started_at is not None:
        taken = float(bron.counts.get(SECONDS, 0.0))
        passed = (moment() - bron.pass_started_at).total_seconds()
        delay = max(0.0, taken / MOST_OF_TIME - passed)
    request_pass(bron, delay)


def request_passes() -> int:
    """Queue a full pass of every configured service, and return their number."""
    with transaction.atomic():
        read_choice()
        # sorted by key, to prevent deadlocks
        bronnen = sorted(active_bronnen(), key=lambda bron: str(bron.pk))
        for bron in bronnen:
            request_pass(bron)
    return len(bronnen)


@contextmanager
def locked_bron(pk: int) -> Iterator[RolBron]:
    """Open a transaction with an exclusive lock on this service."""
    with transaction.atomic():
        yield RolBron.objects.select_for_update(no_key=True).get(pk=pk)


def moment() -> datetime:
    """Return the current time of the database, because clocks of workers can differ.

    Unlike ``now()``, it advances during a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def check_pause(bron: RolBron) -> None:
    """Raise :class:`TemporaryRemoteError` while the service is paused."""
    if bron.paused_until is None:
        return
    seconds = (bron.paused_until - timezone.now()).total_seconds()
    if seconds > 0:
        message = _("{bron} wordt even met rust gelaten: {call_error}").format(
            bron=bron, call_error=bron.call_error
        )
        raise TemporaryRemoteError(message, retry_after=seconds)


def note_error(bron: RolBron, error: RemoteError) -> None:
    """Store the error of the service, and pause it with exponential backoff.

    This prevents many rows of an unavailable service from each waiting for a timeout,
    and from delaying rows of other services.
    """
    failures = RolBron.objects.filter(pk=bron.pk).values_list("failures", flat=True)
    exponent = min(failures.first() or 0, 10)
    pause = min(PAUSE_SECONDS * 2**exponent, MAX_PAUSE_SECONDS)
    if isinstance(error, TemporaryRemoteError) and error.retry_after is not None:
        pause = max(pause, min(error.retry_after, MAX_RETRY_AFTER_SECONDS))
    RolBron.objects.filter(pk=bron.pk).update(
        failures=F("failures") + 1,
        call_error=str(error)[:ERROR_LENGTH],
        paused_until=timezone.now() + timedelta(seconds=pause),
    )


def note_success(bron: RolBron) -> None:
    """Clear the error and the pause of the service."""
    if bron.failures or bron.call_error or bron.paused_until:
        RolBron.objects.filter(pk=bron.pk).update(
            failures=0, call_error="", paused_until=None
        )
        bron.failures, bron.call_error, bron.paused_until = 0, "", None
