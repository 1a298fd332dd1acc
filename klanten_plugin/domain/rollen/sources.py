"""The services that hold roles: which are chosen, and when they may be asked."""

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
"""The name under which a pass keeps how long it took."""

MOST_OF_TIME = 0.1
"""Passes that a look asks for take at most this part of the time."""

PAUSE_SECONDS = 5.0
MAX_PAUSE_SECONDS = 300.0
MAX_RETRY_AFTER_SECONDS = 3600.0


def active_bronnen() -> QuerySet[RolBron]:
    """The services that the configuration names, as far as it was read."""
    return RolBron.objects.filter(active=True).select_related("service")


def read_choice() -> None:
    """Keep a row of bookkeeping for each chosen service; have new ones read.

    Of a service that isn't chosen any more the rows stay, but they don't count. Twice
    does no harm.
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
    """Save the other API roots of a service, and have it read with them."""
    bron.aliases = aliases
    with transaction.atomic():
        bron.save(update_fields=["aliases"])
        roots = [alias.rstrip("/") for alias in aliases]
        bron.unknown_roots.filter(root__in=roots).delete()
        note_success(bron)
        if bron.active:
            request_pass(bron)


def request_pass(bron: RolBron, delay: float = 0.0) -> None:
    """Have all relations of the service read; joins a pass that is under way."""
    add_row(OutboxKind.ROL_BRON, str(bron.pk), delay=delay)


def request_spaced_pass(bron: RolBron) -> None:
    """Have all relations of the service read, without keeping it busy with that.

    After a pass of an hour the next one waits for nine: a look that finds a change at a
    busy owner must not have its list read without a pause.
    """
    delay = 0.0
    if bron.pass_started_at is not None:
        taken = float(bron.counts.get(SECONDS, 0.0))
        passed = (moment() - bron.pass_started_at).total_seconds()
        delay = max(0.0, taken / MOST_OF_TIME - passed)
    request_pass(bron, delay)


def request_passes() -> int:
    """Have every chosen service read; how many there are."""
    with transaction.atomic():
        read_choice()
        # in the order of their keys, as everyone who asks for more than one
        bronnen = sorted(active_bronnen(), key=lambda bron: str(bron.pk))
        for bron in bronnen:
            request_pass(bron)
    return len(bronnen)


@contextmanager
def locked_bron(pk: int) -> Iterator[RolBron]:
    """A transaction in which nobody else writes roles of this service."""
    with transaction.atomic():
        yield RolBron.objects.select_for_update(no_key=True).get(pk=pk)


def moment() -> datetime:
    """Now, by the clock of the database: those of the workers may differ.

    Not the time of the transaction, which stands still.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def check_pause(bron: RolBron) -> None:
    """Raise :class:`TemporaryRemoteError` while the service is left alone."""
    if bron.paused_until is None:
        return
    seconds = (bron.paused_until - timezone.now()).total_seconds()
    if seconds > 0:
        message = _("{bron} wordt even met rust gelaten: {call_error}").format(
            bron=bron, call_error=bron.call_error
        )
        raise TemporaryRemoteError(message, retry_after=seconds)


def note_error(bron: RolBron, error: RemoteError) -> None:
    """Keep what is wrong with the service, and leave it alone: longer each time.

    So that a thousand rows of a service that is down cost no thousand time limits, and
    those of the others don't wait for them.
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
    """Forget the trouble: the service answers as it should."""
    if bron.failures or bron.call_error or bron.paused_until:
        RolBron.objects.filter(pk=bron.pk).update(
            failures=0, call_error="", paused_until=None
        )
        bron.failures, bron.call_error, bron.paused_until = 0, "", None
