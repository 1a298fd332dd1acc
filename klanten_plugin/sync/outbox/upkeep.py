"""Look after the outbox: what is in it, what may go, what a person decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Min, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from ...conf import settings
from ...constants import OPEN_STATES, OutboxKind, OutboxState
from ...domain.outbox import outbox_filled
from ...models import OutboxRow
from ...models.outbox import ERROR_LENGTH
from .progress import Progress, unwatched

BATCH = 1000

AGAIN = {
    "state": OutboxState.WAITING,
    "attempts": 0,
    "next_attempt_at": Now(),
    "settled_at": None,
}


@dataclass(frozen=True)
class Health:
    """What a monitor wants to know; ``oldest_seconds`` is the age of the oldest open row."""

    waiting: int
    running: int
    given_up: int
    oldest_seconds: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def health() -> Health:
    """The numbers of this moment."""
    # not everything but what is done: of that there is far more, and an index finds these
    counts = dict(
        OutboxRow.objects.filter(state__in=(*OPEN_STATES, OutboxState.GIVEN_UP))
        .order_by()
        .values_list("state")
        .annotate(Count("pk"))
    )
    open_tasks = OutboxRow.objects.filter(state__in=OPEN_STATES)
    oldest = open_tasks.aggregate(oldest=Min("created_at"))["oldest"]
    age = (timezone.now() - oldest).total_seconds() if oldest else 0.0
    return Health(
        waiting=counts.get(OutboxState.WAITING, 0),
        running=counts.get(OutboxState.RUNNING, 0),
        given_up=counts.get(OutboxState.GIVEN_UP, 0),
        # clocks differ
        oldest_seconds=round(max(age, 0.0), 1),
    )


def remove_done() -> int:
    """Remove the rows that were done long ago; how many. Twice does no harm."""
    limit = timezone.now() - timedelta(days=settings.OUTBOX_KEEP_DAYS)
    done = OutboxRow.objects.filter(state=OutboxState.DONE, settled_at__lt=limit)
    removed = 0
    while pks := list(done.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        count, _by_model = OutboxRow.objects.filter(pk__in=pks).delete()
        removed += count
    return removed


def try_again(rows: QuerySet[OutboxRow], progress: Progress = unwatched) -> int:
    """Have rows done now that wait or were given up; how many.

    Each gets as many tries as a new one. What must go before it goes now, too. Where
    order doesn't matter and another row of the object waits, that one will do.
    """
    count = 0
    kinds: set[str] = set()
    chosen = rows.filter(state__in=(OutboxState.WAITING, OutboxState.GIVEN_UP))
    for batch in _batches(chosen):
        rows = OutboxRow.objects.filter(pk__in=[row.pk for row in batch])
        rows = rows.filter(state__in=(OutboxState.WAITING, OutboxState.GIVEN_UP))
        count += rows.filter(ordered=True).update(**AGAIN)
        _bring_forward([row for row in batch if row.ordered])
        for row in batch:
            count += 0 if row.ordered else _one_again(rows.filter(pk=row.pk))
        kinds |= {row.kind for row in batch}
        progress(len(batch))
    # not of a kind that went with an older version
    for kind in kinds.intersection(OutboxKind.values):
        outbox_filled.send(sender=OutboxRow, kind=OutboxKind(kind))
    return count


def _one_again(row: QuerySet[OutboxRow]) -> int:
    try:
        with transaction.atomic():
            return row.update(**AGAIN)
    except IntegrityError:  # another one waits
        return 0


def _bring_forward(batch: list[OutboxRow]) -> None:
    for kind in {row.kind for row in batch}:
        keys = {row.object_key for row in batch if row.kind == kind}
        OutboxRow.objects.filter(
            kind=kind, object_key__in=keys, state=OutboxState.WAITING
        ).update(next_attempt_at=Now())


def give_up_rows(
    rows: QuerySet[OutboxRow], reason: str, progress: Progress = unwatched
) -> int:
    """Stop trying rows that wait; how many. They stay, with the reason."""
    count = 0
    for batch in _batches(rows.filter(state=OutboxState.WAITING)):
        rows = OutboxRow.objects.filter(pk__in=[row.pk for row in batch])
        count += rows.filter(state=OutboxState.WAITING).update(
            state=OutboxState.GIVEN_UP,
            settled_at=Now(),
            last_error=reason[:ERROR_LENGTH],
        )
        progress(len(batch))
    return count


def _batches(rows: QuerySet[OutboxRow]) -> Iterator[list[OutboxRow]]:
    """The rows as they are found, each once, oldest first."""
    last = 0
    rows = rows.order_by("pk").only("pk", "kind", "object_key", "ordered")
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        yield batch
