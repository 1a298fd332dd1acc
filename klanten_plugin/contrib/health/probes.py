"""The probes, each with a timeout and without personal data.

Results are cached for a few seconds per process, so that the load on the database and
the broker doesn't depend on the number of requests.
"""

from __future__ import annotations

import pkgutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
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
"""Timeout in seconds for connecting to the database or the broker, for replies of
workers, and for each statement.
"""

KEEP_SECONDS = 5.0
"""Seconds for which a result is cached."""

BEAT_SECONDS = 90.0
"""Maximum age in seconds of beat's heartbeat, which is sent every 30 seconds."""

FAILURES = 2
"""Number of failed calls in a row that count as an outage of another system; a single
error of a gateway doesn't."""

NHR_SECONDS = 30.0
"""Minimum seconds since the first failure, because many klanten are looked up at
once.
"""

OUTBOX_SECONDS = 3600.0
"""Maximum seconds since the oldest open row was due, as in ``klanten_outbox
health``.
"""


@dataclass(frozen=True)
class Outcome:
    """The result of a probe; ``ok`` is ``None`` if unknown, ``numbers`` are details."""

    ok: bool | None
    numbers: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def failed(cls, error: Exception) -> Outcome:
        """Return the result of a probe that raised this error."""
        return cls(ok=False, numbers={"error": type(error).__name__})

    def as_dict(self) -> dict[str, Any]:
        """Return the result for JSON."""
        return {"ok": self.ok, **self.numbers}


class KeptOutcomes:
    """The cached results of a probe. One thread at a time refreshes them."""

    def __init__(self, probe: Callable[[], dict[str, Outcome]]) -> None:
        self._probe = probe
        self._lock = threading.Lock()
        self.valid_until = 0.0
        self._outcomes: dict[str, Outcome] = {}

    def read(self) -> dict[str, Outcome]:
        """Return the results by name."""
        with self._lock:
            if time.monotonic() >= self.valid_until:
                self._outcomes = self._probe()
                self.valid_until = time.monotonic() + KEEP_SECONDS
            return self._outcomes


def _database() -> dict[str, Outcome]:
    """Probe with a separate connection, because the host's has no connect timeout.

    That connection sets nothing: behind a pooler in transaction mode, a setting of the
    session would apply to later statements of other clients.
    """
    own: Any = connection.copy()
    options = {**own.settings_dict.get("OPTIONS", {}), "connect_timeout": int(SECONDS)}
    own.settings_dict = {**own.settings_dict, "OPTIONS": options}
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT 1")
        with limited():
            applied = MigrationRecorder(connection).applied_migrations()
    except Error as error:
        return {"database": Outcome.failed(error), "migrations": Outcome(ok=None)}
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
    except Exception as error:  # noqa: BLE001 - each broker raises its own
        return {"broker": Outcome.failed(error), "workers": Outcome(ok=None)}
    count = sum(RELAY in tasks for tasks in workers.values())
    return {
        "broker": Outcome(ok=True),
        "workers": Outcome(ok=count > 0, numbers={"count": count}),
    }


@contextmanager
def limited() -> Iterator[None]:
    """Open a transaction with a statement timeout, which raises ``OperationalError``.

    This covers locked tables, and tables that are too large to count.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        before = cursor.fetchone()[0]
        set_limit = "SELECT set_config('statement_timeout', %s, true)"
        cursor.execute(set_limit, [str(int(SECONDS * 1000))])
        yield
        # restore the timeout of an enclosing transaction of the host
        cursor.execute(set_limit, [before])


def _outbox() -> dict[str, Outcome]:
    try:
        with limited():
            numbers = health()
    except Error as error:
        return {"outbox": Outcome.failed(error)}
    is_late = numbers.oldest_seconds > OUTBOX_SECONDS or bool(numbers.given_up)
    return {"outbox": Outcome(ok=not is_late, numbers=asdict(numbers))}


def _beat() -> dict[str, Outcome]:
    seconds = seconds_since_beat()
    return {
        "beat": Outcome(
            ok=None if seconds is None else seconds <= BEAT_SECONDS,
            numbers={"seconds": None if seconds is None else round(seconds, 1)},
        )
    }


def nhr_failing_seconds(bron: NhrBron) -> float:
    """Return the seconds for which a source has been failing.

    Return 0 if it isn't failing, or failed only once. A source that rejects our
    requests is stopped at the first failure.
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
"""The probes, which are cached separately so that a slow one doesn't delay the
others.
"""


def readiness() -> dict[str, Outcome]:
    """Probe the requirements of a request: the database, migrated to this version."""
    return DATABASE.read()


def everything() -> dict[str, Outcome]:
    """Probe all parts of the installation, for monitoring."""
    found = {**DATABASE.read(), **BROKER.read()}
    if all(found[name].ok for name in ("database", "migrations")):
        found |= {**OUTBOX.read(), **WORK.read()}
    return found
