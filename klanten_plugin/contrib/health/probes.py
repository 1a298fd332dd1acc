"""What is looked at, each within a time limit and without personal data.

Outcomes are kept for a few seconds in each process, so however many probes come, the
database and the broker are asked once.
"""

from __future__ import annotations

import pkgutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import Error, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from ... import migrations
from ...findings import APP_LABEL
from ...models import NhrBron, RolBron
from ...schedule import RELAY
from ...sync.outbox.heartbeat import seconds_since_beat
from ...sync.outbox.upkeep import health
from ...tasks import broker_connection, tasks_of_workers

SECONDS = 1.0
"""Time limit for connecting to the database or the broker, for workers to answer, and for
each statement."""

KEEP_SECONDS = 5.0
"""For so long an outcome is kept."""

BEAT_SECONDS = 90.0
"""Beat sends its task every half a minute, and a worker does it at once."""

FAILURES = 2
"""So many calls of another system must have failed in a row: one answer of a gateway that
is restarted isn't an outage."""

NHR_SECONDS = 30.0
"""And the first of them so long ago: many klanten are asked for at once."""

OUTBOX_SECONDS = 3600.0
"""The oldest open row may have been due for so long, as for ``klanten_outbox health``."""


@dataclass(frozen=True)
class Outcome:
    """``ok`` is ``None`` where it can't be known; ``numbers`` are for people and jq."""

    ok: bool | None
    numbers: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"ok": self.ok, **self.numbers}


class KeptOutcomes:
    """The outcome of a probe, kept for ``KEEP_SECONDS``; one thread at a time asks."""

    def __init__(self, probe: Callable[[], dict[str, Outcome]]) -> None:
        self._probe = probe
        self._lock = threading.Lock()
        self._until = 0.0
        self._outcomes: dict[str, Outcome] = {}

    def read(self) -> dict[str, Outcome]:
        """Return the outcomes by name."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._outcomes = self._probe()
                self._until = time.monotonic() + KEEP_SECONDS
            return self._outcomes

    def forget(self) -> None:
        """Ask again at the next call."""
        self._until = 0.0


def _database() -> dict[str, Outcome]:
    """Over a connection of its own: that of the host has no time limit to connect."""
    own: Any = connection.copy()
    options = {**own.settings_dict.get("OPTIONS", {}), "connect_timeout": int(SECONDS)}
    own.settings_dict = {**own.settings_dict, "OPTIONS": options}
    try:
        with own.cursor() as cursor:
            cursor.execute("SET statement_timeout = %s", [int(SECONDS * 1000)])
        applied = MigrationRecorder(own).applied_migrations()
    except Error as error:
        failed = Outcome(ok=False, numbers={"error": type(error).__name__})
        return {"database": failed, "migrations": Outcome(ok=None)}
    finally:
        own.close()
    names = {
        module.name
        for module in pkgutil.iter_modules(migrations.__path__)
        if module.name[0].isdigit()
    }
    pending = len({(APP_LABEL, name) for name in names} - set(applied))
    return {
        "database": Outcome(ok=True),
        "migrations": Outcome(ok=not pending, numbers={"pending": pending}),
    }


def _broker() -> dict[str, Outcome]:
    try:
        with broker_connection(SECONDS) as opened:
            opened.ensure_connection(max_retries=1, timeout=SECONDS)
            workers = tasks_of_workers(opened, SECONDS)
    except Exception as error:  # noqa: BLE001 - each broker has its own
        failed = Outcome(ok=False, numbers={"error": type(error).__name__})
        return {"broker": failed, "workers": Outcome(ok=None)}
    count = sum(RELAY in tasks for tasks in workers.values())
    return {
        "broker": Outcome(ok=True),
        "workers": Outcome(ok=count > 0, numbers={"count": count}),
    }


@contextmanager
def limited(seconds: float = SECONDS) -> Iterator[None]:
    """A transaction of which no statement takes longer; ``OperationalError`` otherwise.

    Also while the table is locked, or holds more than can be counted.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        before = cursor.fetchone()[0]
        set_limit = "SELECT set_config('statement_timeout', %s, true)"
        cursor.execute(set_limit, [str(int(seconds * 1000))])
        yield
        # of a transaction of the host around this one
        cursor.execute(set_limit, [before])


def _outbox() -> dict[str, Outcome]:
    try:
        with limited():
            numbers = health()
    except Error as error:
        failed = Outcome(ok=False, numbers={"error": type(error).__name__})
        return {"outbox": failed}
    is_late = numbers.oldest_seconds > OUTBOX_SECONDS or bool(numbers.given_up)
    return {"outbox": Outcome(ok=not is_late, numbers=numbers.as_dict())}


def _beat() -> dict[str, Outcome]:
    seconds = seconds_since_beat()
    return {
        "beat": Outcome(
            ok=None if seconds is None else seconds <= BEAT_SECONDS,
            numbers={"seconds": None if seconds is None else round(seconds, 1)},
        )
    }


def nhr_failing_seconds(bron: NhrBron) -> float:
    """How long a source has been failing; 0 where it isn't, or failed once.

    A source that refuses us is stopped at once.
    """
    if bron.failing_since is None or (bron.failures < FAILURES and not bron.stopped_at):
        return 0.0
    return max(0.0, (timezone.now() - bron.failing_since).total_seconds())


def _remotes() -> dict[str, Outcome]:
    asked = NhrBron.objects.active()
    bronnen = RolBron.objects.filter(active=True, failures__gte=FAILURES)
    with limited():
        sources = [
            bron.soort for bron in asked if nhr_failing_seconds(bron) > NHR_SECONDS
        ]
        owners = [bron.service.slug for bron in bronnen.select_related("service")]
    return {
        "nhr": Outcome(ok=not sources, numbers={"failing": sources}),
        "rollen": Outcome(ok=not owners, numbers={"failing": owners}),
    }


DATABASE, BROKER, OUTBOX, WORK = (
    KeptOutcomes(_database),
    KeptOutcomes(_broker),
    KeptOutcomes(_outbox),
    KeptOutcomes(lambda: {**_beat(), **_remotes()}),
)
"""Each is asked for by itself, so that what takes its time keeps up nothing else."""


def readiness() -> dict[str, Outcome]:
    """What a request needs: the database, migrated to this version."""
    return DATABASE.read()


def everything() -> dict[str, Outcome]:
    """What the whole installation needs, for monitoring."""
    found = {**DATABASE.read(), **BROKER.read()}
    if all(found[name].ok for name in ("database", "migrations")):
        found |= {**OUTBOX.read(), **WORK.read()}
    return found
