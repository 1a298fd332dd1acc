"""Rows of the outbox, and a kind of row without an order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from klanten_plugin.constants import OutboxKind, OutboxState
from klanten_plugin.models import OutboxRow
from klanten_plugin.sync.outbox.run import Backoff, Handler, Run, work_off

NOTIFICATION = OutboxKind.NOTIFICATION
SECONDS = 60.0


class Unordered(models.TextChoices):
    """A future kind of row: running it once is enough, however often it was queued."""

    REFRESH = "test_refresh", "Verversen"


REFRESH: Any = Unordered.REFRESH
PAYLOAD = {"actie": "update", "subjectType": "vestiging"}


def add(key: str = "a", **fields: Any) -> OutboxRow:
    """Insert a row as a change of a klant does."""
    values = {
        "kind": NOTIFICATION,
        "object_key": key,
        "object_url": f"https://klanten.example.nl/{key}",
        "payload": PAYLOAD,
        "ordered": fields.get("kind", NOTIFICATION) == NOTIFICATION,
        **fields,
    }
    task = OutboxRow.objects.create(**values)
    task.refresh_from_db()
    return task


def ago(**units: float) -> Any:
    """Return a time in the past."""
    return timezone.now() - timedelta(**units)


def make_due(**conditions: Any) -> None:
    """Make waiting rows due now."""
    waiting = OutboxRow.objects.filter(state=OutboxState.WAITING, **conditions)
    waiting.update(next_attempt_at=Now())


def abandon(task: OutboxRow) -> None:
    """Let the leases of running rows expire."""
    OutboxRow.objects.filter(pk=task.pk).update(lease_until=ago(seconds=1))


def states() -> dict[str, list[str]]:
    """Return the states of the rows of each object, in order."""
    result: dict[str, list[str]] = {}
    for key, state in OutboxRow.objects.order_by("pk").values_list(
        "object_key", "state"
    ):
        result.setdefault(key, []).append(state)
    return result


@dataclass
class Remote:
    """The remote of a handler: responds per object as in ``answers``."""

    answers: dict[str, Exception | Callable[[], None]] = field(default_factory=dict)
    done: list[int] = field(default_factory=list)
    tried: list[int] = field(default_factory=list)
    backoff: Backoff = field(default_factory=Backoff)

    def run(self, kind: Any = NOTIFICATION, seconds: float = SECONDS) -> Run:
        """Process due rows."""
        return work_off(kind, Handler(self._do, lambda: self.backoff), seconds)

    def _do(self, task: OutboxRow) -> None:
        self.tried.append(task.pk)
        answer = self.answers.get(task.object_key)
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            answer()
        self.done.append(task.pk)
