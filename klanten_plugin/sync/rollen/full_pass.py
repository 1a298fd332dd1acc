"""Read the whole list of a service, and have the mirror agree with it.

A pass first reads all pages, and then asks, one by one, for the mirrored relations that
it didn't meet; only those of which the service itself says that they don't exist are
retired. So nothing is retired on half a list, and a relation that exists throughout
never is, however the pages shift while others write.

How far a pass is, is stored with every page, in the transaction that writes its roles.
A worker that dies is followed by one that goes on there; of two at once the slower one
notices that the other was there, and leaves its page unwritten.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

import structlog

from ...clients.rollen.lists import RollenClient, UnusableRelatie
from ...domain.rollen.mirror import Applied, apply_seen
from ...domain.rollen.sources import locked_bron, moment, request_pass
from ...exceptions import PermanentRemoteError, RemoteError, TemporaryRemoteError
from ...models import KlantRol, OutboxRow, RolBron
from ...models.rollen import ERROR_LENGTH
from .keep import SLICE_SECONDS, check_relatie, find_bron, watched
from .lists import Walk, read_next

logger = structlog.stdlib.get_logger(__name__)

ROUNDS = 3
"""So often the list is read at most, where it shifted while it was read."""

MAX_AGE = timedelta(days=1)
"""An older pass that wasn't finished starts again."""

BATCH = 25


@dataclass
class PassState:
    """How far a pass is; storable as JSON, and constant in size.

    ``after`` is the primary key of the last mirrored role that was asked for, ``None``
    while pages are still read.
    """

    walk: Walk = field(default_factory=Walk)
    round: int = 1
    after: int | None = None
    ours: int = 0
    dangling: int = 0
    changed: int = 0
    checked: int = 0
    retired: int = 0
    complete: bool = False

    @classmethod
    def load(cls, stored: dict[str, Any]) -> PassState:
        """From what :meth:`dump` gave."""
        return cls(**{**stored, "walk": Walk(**stored["walk"])})

    def dump(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def next_round(self) -> None:
        """Read the list once more; what was seen stays seen."""
        self.walk, self.round = Walk(), self.round + 1
        self.ours = self.dangling = 0

    def counts(self) -> dict[str, Any]:
        """What the administrator sees of a complete pass."""
        return {
            "gelezen": self.walk.rows,
            "van ons": self.ours,
            "zonder klant": self.dangling,
            "gewijzigd": self.changed,
            "nagevraagd": self.checked,
            "vervallen": self.retired,
            "overgeslagen": sum(self.walk.skipped.values()),
        }


Progress = Callable[[PassState], None]


def go_on(row: OutboxRow) -> None:
    """Do a part of a pass, and ask for the next part.

    Twice does no harm: a part begins where the last one that was stored ended.
    """
    bron = find_bron(row.object_key)
    if bron is not None and not advance(bron, SLICE_SECONDS):
        request_pass(bron)


def advance(
    bron: RolBron, seconds: float, progress: Progress = lambda state: None
) -> bool:
    """Go on with the pass, or begin one, for so many seconds; whether it is complete."""
    end = time.monotonic() + seconds
    with watched(bron) as client, _noting_error(bron):
        _begin(bron)
        while time.monotonic() < end:
            bron = RolBron.objects.select_related("service").get(pk=bron.pk)
            if bron.pass_state is None:  # somebody else has done the last part
                return True
            state = PassState.load(bron.pass_state)
            if state.after is None:
                _read_page(client, bron, state)
            elif _ask_unseen(client, bron, state):
                return True
            progress(state)
    return False


def _begin(bron: RolBron) -> None:
    with locked_bron(bron.pk) as locked:
        now = moment()
        begun = locked.pass_started_at
        if locked.pass_state is None or begun is None or now - begun > MAX_AGE:
            locked.pass_started_at, locked.pass_state = now, PassState().dump()
            locked.save(update_fields=["pass_started_at", "pass_state"])


@contextmanager
def _noting_error(bron: RolBron) -> Iterator[None]:
    """Say at the service why a pass failed; what can't get any further starts again."""
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
    """A transaction that also stores ``state``; ``None`` if another worker was first."""
    with locked_bron(bron.pk) as locked:
        if (locked.pass_started_at, locked.pass_state) != (
            bron.pass_started_at,
            bron.pass_state,
        ):
            logger.info("rollen_pass_overtaken", bron=bron.pk)
            yield None
            return
        yield locked
        locked.pass_state = None if state.complete else state.dump()
        locked.save(update_fields=["pass_state"])


def _read_page(client: RollenClient, bron: RolBron, state: PassState) -> None:
    read = read_next(client, state.walk, {})
    relaties = read.page.relaties if read else []
    with _stored(bron, state) as locked:
        if locked is None:
            return
        if read is not None:
            _count(state, apply_seen(locked, relaties, read.at))
        if read is None or not read.more:
            _end_round(client, state)


def _count(state: PassState, applied: Applied) -> None:
    state.ours += applied.ours
    state.dangling += applied.dangling
    state.changed += applied.changed


def _end_round(client: RollenClient, state: PassState) -> None:
    """Read the list again if it shifted, else begin with what wasn't met.

    A list that shrank while it was read may have missed as many rows as it lost.
    """
    walk = state.walk
    if walk.rows < walk.count - walk.drops:
        raise TemporaryRemoteError(
            f"{client.service.label} gaf {walk.rows} van {walk.count} relaties: de lijst "
            "houdt te vroeg op."
        )
    shifted = walk.drops > 0 or walk.rows != walk.count
    if shifted and state.round < ROUNDS:
        state.next_round()
    else:
        state.after = 0


def _ask_unseen(client: RollenClient, bron: RolBron, state: PassState) -> bool:
    """Ask for some of the relations that weren't met; whether that were all."""
    assert bron.pass_started_at is not None and state.after is not None
    unseen = KlantRol.objects.filter(
        bron=bron,
        retired_at=None,
        last_seen_at__lt=bron.pass_started_at,
        pk__gt=state.after,
    )
    rows = list(unseen.order_by("pk").values_list("pk", "url")[:BATCH])
    for pk, url in rows:
        with suppress(UnusableRelatie):  # it exists: it stays as it was
            state.retired += not check_relatie(client, bron, url)
        state.after = pk
        state.checked += 1
    with _stored(bron, state) as locked:
        if locked is None or rows:
            return False
        state.complete = True
        locked.last_complete_at = moment()
        locked.counts = state.counts()
        locked.pass_error = _remarks(state.walk.skipped)[:ERROR_LENGTH]
        locked.save(update_fields=["last_complete_at", "counts", "pass_error"])
    return True


def _remarks(skipped: dict[str, int]) -> str:
    """What an administrator should know of a pass that succeeded."""
    reasons = [f"{count} keer {reason}" for reason, count in skipped.items()]
    return f"Overgeslagen relaties: {'; '.join(reasons)}." if reasons else ""
