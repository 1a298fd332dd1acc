"""Refresh contact data early, when KVK signals a change.

Signals are read from a cursor on, in periods of time. The cursor moves after all pages
of a period were read, so an interrupted worker restarts the period. Processing signals
is idempotent: a klant that was looked up after a signal isn't looked up again because
of it.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db.models import Q, Value
from django.db.models.functions import Greatest, Least
from django.utils import timezone
from django.utils.translation import gettext as _

import structlog

from ...clients.nhr.mutatieservice import Mutatieservice, Signal
from ...clients.nhr.signals import ELSEWHERE, IRRELEVANT, NEW, Affected, affected
from ...constants import NhrOutcome, NhrSoort, NhrTurn, OutboxKind
from ...domain.outbox import add_row
from ...exceptions import ConfigurationError
from ...models import KlantenConfig, NhrSignalen, NhrState, OutboxRow
from .due import queue_due

logger = structlog.stdlib.get_logger(__name__)

OBJECT_KEY = "mutatieservice"

STRETCH = timedelta(hours=6)
OVERLAP = timedelta(minutes=30)
"""Overlap of periods, because signals can appear up to 15 minutes late."""
CLOCKS = timedelta(minutes=5)
"""Tolerated difference between KVK's clock and ours."""
FIRST = timedelta(days=1)
"""Start of the first period, before now."""
RUN_SECONDS = 60.0
"""Maximum seconds of a run; the rest is left to another row of the outbox."""


def queue_poll() -> None:
    """Queue reading of signals, if there is a Mutatieservice."""
    if KlantenConfig.objects.filter(nhr_mutatieservice__isnull=False).exists():
        add_row(OutboxKind.NHR_SIGNALEN, OBJECT_KEY)


def follow_signals(row: OutboxRow) -> None:
    """Read new signals. Idempotent."""
    config = KlantenConfig.objects.select_related("nhr_mutatieservice").first()
    if config is None or config.nhr_mutatieservice is None:
        raise ConfigurationError(_("Er is geen Mutatieservice ingesteld."))
    service = Mutatieservice(config.nhr_mutatieservice, config.nhr_abonnement)
    if not read_signals(service):
        queue_poll()
    queue_due()


def read_signals(service: Mutatieservice, seconds: float = RUN_SECONDS) -> bool:
    """Read signals up to now, for at most ``seconds``; return whether all were read."""
    end = time.monotonic() + seconds
    now = timezone.now().replace(microsecond=0)
    bookmark, _made = NhrSignalen.objects.get_or_create(
        abonnement=service.abonnement, defaults={"gelezen_tot": now - FIRST}
    )
    read_until = bookmark.gelezen_tot
    while read_until < now:
        if time.monotonic() > end:
            return False
        tot = min(read_until + STRETCH, now)
        _read_stretch(service, read_until - OVERLAP, tot)
        # never move the cursor back, because another worker may be ahead
        NhrSignalen.objects.filter(pk=bookmark.pk).update(
            gelezen_tot=Greatest("gelezen_tot", tot)
        )
        read_until = tot
    return True


def _read_stretch(service: Mutatieservice, vanaf: datetime, tot: datetime) -> None:
    number, is_last = 0, False
    seen = marked = 0
    while not is_last:
        number += 1
        page = service.page(vanaf, tot, number)
        is_last = page.is_last
        seen += len(page.signals)
        for signal in _that_may_be_ours(page.signals):
            marked += mark_due(signal, affected(signal, service.detail(signal)))
    logger.info("nhr_signals_read", until=tot.isoformat(), seen=seen, marked=marked)


def _that_may_be_ours(signals: tuple[Signal, ...]) -> list[Signal]:
    """Return the signals that may concern klanten; most registrations don't.

    If a klant has a number that wasn't registered yet, all new registrations are
    included, which costs nothing.
    """
    open_ones = [one for one in signals if one.soort not in IRRELEVANT]
    awaited = [one for one in signals if one.soort == NEW]
    if awaited and not NhrState.objects.filter(outcome=NhrOutcome.ONBEKEND).exists():
        awaited = []
    return awaited + _known([one for one in open_ones if one.soort != NEW])


def _known(open_ones: list[Signal]) -> list[Signal]:
    kvk_nummers = {one.kvk_nummer for one in open_ones} - {""}
    nummers = {one.vestigingsnummer for one in open_ones} - {""}
    known = NhrState.objects.filter(
        Q(kvk_nummer__in=kvk_nummers)
        | Q(soort=NhrSoort.VESTIGING, nummer__in=nummers)
        | Q(soort=NhrSoort.ONDERNEMING, nummer__in=kvk_nummers)
    )
    ours = {text for pair in known.values_list("kvk_nummer", "nummer") for text in pair}
    return [
        one
        for one in open_ones
        if one.soort in ELSEWHERE
        or (one.kvk_nummer and one.kvk_nummer in ours)
        or (one.vestigingsnummer and one.vestigingsnummer in ours)
    ]


def mark_due(signal: Signal, who: Affected) -> int:
    """Mark klanten as due that weren't looked up since the signal; return their number.

    Idempotent: a klant that was marked is looked up after the signal, by KVK's clock.
    """
    now = timezone.now()
    stale = Q(checked_at=None) | Q(checked_at__lt=signal.timestamp + CLOCKS)
    unread = Q(signal_at=None) | Q(signal_at__lt=signal.timestamp)
    states = NhrState.objects.filter(
        _condition(signal, who), stale, unread, due_at__isnull=False
    )
    states = states.exclude(turn=NhrTurn.SIGNALLED, due_at__lte=now)
    return states.update(
        due_at=Least("due_at", Value(now)),
        turn=NhrTurn.SIGNALLED,
        answers={},
        signal_at=signal.timestamp,
    )


def _condition(signal: Signal, who: Affected) -> Q:
    same_kvk = Q(kvk_nummer=signal.kvk_nummer) if signal.kvk_nummer else Q(pk=None)
    if who.everything:
        return same_kvk
    condition = Q(soort=NhrSoort.VESTIGING, nummer__in=who.vestigingen)
    if who.rechtspersoon:
        condition |= Q(soort=NhrSoort.RECHTSPERSOON) & same_kvk
        condition |= Q(soort=NhrSoort.ONDERNEMING, nummer=signal.kvk_nummer)
        if who.rsin:
            condition |= Q(soort=NhrSoort.RECHTSPERSOON, nummer=who.rsin)
    return condition
