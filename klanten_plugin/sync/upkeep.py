"""Look after the outbox: what is in it, what may go, what a person decides."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.utils import timezone

from ..conf import settings
from ..constants import OPEN_STATES, OutboxState
from ..models import OutboxTask

BATCH = 1000


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
    counts = dict(
        OutboxTask.objects.exclude(state=OutboxState.DONE)
        .order_by()
        .values_list("state")
        .annotate(Count("pk"))
    )
    open_tasks = OutboxTask.objects.filter(state__in=OPEN_STATES)
    oldest = open_tasks.aggregate(oldest=Min("created_at"))["oldest"]
    age = (timezone.now() - oldest).total_seconds() if oldest else 0.0
    return Health(
        waiting=counts.get(OutboxState.WAITING, 0),
        running=counts.get(OutboxState.RUNNING, 0),
        given_up=counts.get(OutboxState.GIVEN_UP, 0),
        oldest_seconds=round(age, 1),
    )


def remove_done() -> int:
    """Remove the rows that were done long ago; how many. Twice does no harm."""
    limit = timezone.now() - timedelta(days=settings.OUTBOX_KEEP_DAYS)
    done = OutboxTask.objects.filter(state=OutboxState.DONE, settled_at__lt=limit)
    removed = 0
    while pks := list(done.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        count, _by_model = OutboxTask.objects.filter(pk__in=pks).delete()
        removed += count
    return removed


def try_again(tasks: QuerySet[OutboxTask]) -> int:
    """Have rows done now that wait or were given up; how many.

    A row that was given up gets as many tries as a new one. One whose object has
    another row of the kind waiting is left: that one will do.
    """
    count = 0
    candidates = tasks.filter(state__in=(OutboxState.WAITING, OutboxState.GIVEN_UP))
    for task in candidates.order_by("pk").iterator(chunk_size=BATCH):
        if task.state == OutboxState.GIVEN_UP and _has_successor(task):
            continue
        count += OutboxTask.objects.filter(pk=task.pk, state=task.state).update(
            state=OutboxState.WAITING,
            attempts=0,
            next_attempt_at=timezone.now(),
            settled_at=None,
        )
    return count


def _has_successor(task: OutboxTask) -> bool:
    if task.ordered:
        return False
    waiting = OutboxTask.objects.filter(state=OutboxState.WAITING)
    return waiting.filter(kind=task.kind, object_key=task.object_key).exists()


def give_up(tasks: QuerySet[OutboxTask], reason: str) -> int:
    """Stop trying rows that wait; how many. They stay, with the reason."""
    waiting = tasks.filter(state=OutboxState.WAITING)
    return waiting.update(
        state=OutboxState.GIVEN_UP, settled_at=timezone.now(), last_error=reason
    )
