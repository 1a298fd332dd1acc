"""A full pass: read the complete list of a service, and reconcile the mirror with it.

A pass reads the list in rounds until it has met as many distinct relations as the
service reports. Then it fetches each mirrored relation that it didn't meet, and retires
those that the service reports as missing. Nothing is retired based on an incomplete
list, and a relation that exists throughout the pass is never retired, however pages
shift. If a list can't be read completely, that is reported to the administrator and
nothing is retired.

The progress is stored with every page, in the transaction that writes its roles. If a
worker dies, another one continues from there. Of two concurrent workers, the slower one
detects the other and discards its page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db.models import QuerySet
from django.utils.translation import gettext as _

import structlog

from ...clients.rollen.lists import FilterRefused, RollenClient
from ...domain.klanten.urls import own_addresses
from ...domain.rollen.mirror import Applied, apply_seen
from ...domain.rollen.others import count_known, forget_unseen_others
from ...domain.rollen.sources import SECONDS, locked_bron, moment, request_pass
from ...exceptions import PermanentRemoteError, RemoteError, TemporaryRemoteError
from ...models import Klant, KlantRol, OutboxRow, RolBron
from ...models.rollen import ERROR_LENGTH
from .keep import SLICE_SECONDS, ask_relatie, check_relatie, find_bron, watched
from .lists import mirror_list, read_next
from .pass_state import SHRINK_ROUNDS, PassState, Phase

logger = structlog.stdlib.get_logger(__name__)

MAX_AGE = 24 * 3600.0
"""Seconds without progress after which a pass starts again."""

BATCH = 25

Progress = Callable[[PassState], None]


def go_on(row: OutboxRow) -> None:
    """Run a part of a pass, and queue the next part.

    Idempotent: a part continues from the stored progress.
    """
    bron = find_bron(row.object_key)
    if bron is not None and not advance(bron, SLICE_SECONDS):
        request_pass(bron)


def advance(
    bron: RolBron, seconds: float, progress: Progress = lambda state: None
) -> bool:
    """Run the pass for at most ``seconds``; return whether it is complete."""
    end = time.monotonic() + seconds
    with watched(bron) as client, _noting_error(bron):
        _begin(bron)
        while time.monotonic() < end:
            bron = RolBron.objects.select_related("service").get(pk=bron.pk)
            if bron.pass_state is None:  # another worker completed it
                return True
            state = PassState.load(bron.pass_state)
            if STEPS[state.phase](client, bron, state):
                return True
            progress(state)
    return False


def _begin(bron: RolBron) -> None:
    with locked_bron(bron.pk) as locked:
        now = moment()
        if locked.pass_state is not None and locked.pass_started_at is not None:
            state = PassState.load(locked.pass_state)
            if now.timestamp() - state.stepped <= MAX_AGE:
                return
        state = PassState(began=now.timestamp(), stepped=now.timestamp())
        locked.pass_started_at, locked.pass_state = now, state.dump()
        locked.save(update_fields=["pass_started_at", "pass_state"])


@contextmanager
def _noting_error(bron: RolBron) -> Iterator[None]:
    """Store the error of a failed pass, and reset it if that is permanent."""
    try:
        yield
    except RemoteError as error:
        kept = RolBron.objects.filter(pk=bron.pk)
        kept.update(pass_error=str(error)[:ERROR_LENGTH])
        if isinstance(error, PermanentRemoteError):
            kept.update(pass_started_at=None, pass_state=None)
        raise


@contextmanager
def _stored(bron: RolBron, state: PassState) -> Iterator[RolBron | None]:
    """Open a transaction that stores ``state``; yield ``None`` if another was first."""
    with locked_bron(bron.pk) as locked:
        if (locked.pass_started_at, locked.pass_state) != (
            bron.pass_started_at,
            bron.pass_state,
        ):
            logger.info("rollen_pass_overtaken", bron=bron.pk)
            yield None
            return
        yield locked
        state.stepped = moment().timestamp()
        locked.pass_state = None if state.complete else state.dump()
        locked.save(update_fields=["pass_started_at", "pass_state"])


def _read_page(client: RollenClient, bron: RolBron, state: PassState) -> bool:
    state.requests += 1
    read = read_next(client, state.walk, {})
    with _stored(bron, state) as locked:
        if locked is None:
            return False
        if read is not None:
            page = read.page
            _count(state, apply_seen(locked, page.relaties, read.at, page.skipped))
        if read is None or not read.more:
            _end_round(client, locked, state)
    return False


def _count(state: PassState, applied: Applied) -> None:
    state.ours += applied.ours
    state.dangling += applied.dangling
    state.changed += applied.changed


def _end_round(client: RollenClient, locked: RolBron, state: PassState) -> None:
    """Decide on the next phase at the end of the list.

    If the list shrank during the round, rows may have been missed and met ones may be
    deleted, so counting starts again.
    """
    walk = state.walk
    if walk.rows < walk.count - walk.drops:
        raise TemporaryRemoteError(
            _(
                "{service} gaf {rows} van {count} relaties: de lijst houdt te vroeg op."
            ).format(service=client.service.label, rows=walk.rows, count=walk.count)
        )
    if walk.drops and state.shrunk < SHRINK_ROUNDS - 1:
        state.shrunk += 1
        state.met = state.fruitless = 0
        state.next_round()
        locked.pass_started_at = moment()
    else:
        _decide(locked, state)


def _decide(bron: RolBron, state: PassState) -> None:
    assert bron.pass_started_at is not None
    met = count_known(bron, bron.pass_started_at)
    klanten = Klant.objects.count() * len(own_addresses().collections)
    state.decide(met, _unseen(bron).count(), klanten)


def _unseen(bron: RolBron) -> QuerySet[KlantRol]:
    return KlantRol.objects.filter(
        bron=bron, retired_at=None, last_seen_at__lt=bron.pass_started_at
    )


def _ask_known(client: RollenClient, bron: RolBron, state: PassState) -> bool:
    """Mirror a batch of known relations that weren't met; retire none."""
    rows = _next_unseen(bron, state)
    for pk, url in rows:
        ask_relatie(client, bron, url)
        state.after, state.requests = pk, state.requests + 1
    with _stored(bron, state) as locked:
        if locked is not None and not rows:
            _decide(locked, state)
    return False


def _ask_klanten(client: RollenClient, bron: RolBron, state: PassState) -> bool:
    """Mirror the relations of a batch of klanten, each from its own list."""
    end = time.monotonic() + SLICE_SECONDS
    klanten = Klant.objects.filter(pk__gt=state.after).order_by("pk")[:BATCH]
    for klant in klanten:
        state.hidden += not _ask_klant(client, bron, state, klant)
        state.after = klant.pk
        if time.monotonic() > end:
            break
    with _stored(bron, state) as locked:
        if locked is not None and not klanten:
            state.per_klant = True
            _decide(locked, state)
    return False


def _ask_klant(
    client: RollenClient, bron: RolBron, state: PassState, klant: Klant
) -> bool:
    """Mirror the relations of a klant; return whether its lists were complete."""
    is_complete = True
    for url in own_addresses().urls_of(klant.uuid):
        state.requests += 1
        end = time.monotonic() + SLICE_SECONDS
        try:
            is_complete &= mirror_list(client, bron, {"klant": url}, end)
        except FilterRefused:
            continue
    return is_complete


def _ask_unseen(client: RollenClient, bron: RolBron, state: PassState) -> bool:
    """Check a batch of relations that weren't met; return whether none is left."""
    rows = _next_unseen(bron, state) if state.is_complete else []
    for pk, url in rows:
        state.retired += not check_relatie(client, bron, url)
        state.after, state.requests = pk, state.requests + 1
        state.checked += 1
    with _stored(bron, state) as locked:
        if locked is None or rows:
            return False
        state.complete = True
        _note_end(locked, state)
    return True


def _next_unseen(bron: RolBron, state: PassState) -> list[tuple[int, str]]:
    rows = _unseen(bron).filter(pk__gt=state.after).order_by("pk")
    return list(rows.values_list("pk", "url")[:BATCH])


def _note_end(locked: RolBron, state: PassState) -> None:
    """Store the result of the pass."""
    assert locked.pass_started_at is not None
    now = moment()
    seconds = round(now.timestamp() - state.began, 1)
    locked.counts = {**state.counts(), SECONDS: seconds}
    locked.pass_error = state.remarks()[:ERROR_LENGTH]
    if state.is_complete:
        locked.last_complete_at = now
    if not state.missing:
        forget_unseen_others(locked, locked.pass_started_at)
    locked.unexplained = state.walk.count - count_known(locked) if state.missing else 0
    fields = ["counts", "pass_error", "last_complete_at", "unexplained"]
    locked.save(update_fields=fields)


STEPS: dict[Phase, Callable[[RollenClient, RolBron, PassState], bool]] = {
    Phase.LIST: _read_page,
    Phase.KNOWN: _ask_known,
    Phase.KLANTEN: _ask_klanten,
    Phase.UNSEEN: _ask_unseen,
}
"""The step of each phase. A test checks that it is complete."""
