"""Process a backlog of the outbox in several threads of one worker process.

A worker mostly waits for remotes and for the database. Threads behave like separate
worker processes: each claims its rows on a separate database connection, and at most
one row of an object is processed at a time.
"""

from __future__ import annotations

import threading
import time
from contextvars import copy_context
from dataclasses import dataclass, field, replace

from django.db import connections, transaction

from ...constants import OutboxKind
from .progress import unwatched
from .run import Ended, Handler, Run, work_off

BACKLOG = 10
"""Number of rows that one thread processes before others start. Most runs have fewer.
"""


def work_off_together(kind: OutboxKind, handler: Handler, seconds: float) -> Run:
    """Like :func:`work_off`, with up to ``handler.threads`` threads.

    If the remote fails too often for one of them, all of them stop. Within a
    transaction only one thread is used, because others wouldn't see its rows.
    """
    crew = _Crew(kind, handler, time.monotonic() + seconds)
    try:
        crew.work()
    finally:
        crew.wait()
    return crew.total()


@dataclass
class _Crew:
    kind: OutboxKind
    handler: Handler
    end: float
    runs: list[Run] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    helpers: list[threading.Thread] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)
    seen: int = 0

    def work(self) -> None:
        """Process rows until none is left, time is up, or all threads must stop."""
        handler = replace(self.handler, is_open=self._is_open)
        seconds = self.end - time.monotonic()
        is_first = threading.current_thread() not in self.helpers
        # helpers don't start other threads
        progress = self._call_helpers if is_first else unwatched
        try:
            run = work_off(self.kind, handler, seconds, progress)
        except BaseException:
            self.is_over.set()
            raise
        self.runs.append(run)
        if run.ended is Ended.FAILING:
            self.is_over.set()

    def wait(self) -> None:
        """Wait for the helpers, and raise the exception of one that failed."""
        for helper in self.helpers:
            helper.join()
        if self.errors:
            raise self.errors[0]

    def total(self) -> Run:
        """Return the combined run. It ends like the first run, or like a failed one."""
        first = self.runs[0]
        for run in self.runs:
            if run.ended is Ended.FAILING:
                first = run
        return Run(
            done=sum(run.done for run in self.runs),
            failed=sum(run.failed for run in self.runs),
            given_up=sum(run.given_up for run in self.runs),
            ended=first.ended,
            retry_after=max(run.retry_after for run in self.runs),
        )

    def _is_open(self) -> bool:
        return not self.is_over.is_set() and self.handler.is_open()

    def _call_helpers(self, count: int) -> None:
        self.seen += count
        if self.seen != BACKLOG or transaction.get_connection().in_atomic_block:
            return
        for _number in range(1, self.handler.threads):
            # with the log context of this thread
            context = copy_context()
            helper = threading.Thread(target=context.run, args=(self._help,))
            helper.daemon = True
            self.helpers.append(helper)
            helper.start()

    def _help(self) -> None:
        try:
            self.work()
        except BaseException as error:  # noqa: BLE001 - raised again by the first
            self.errors.append(error)
        finally:
            connections.close_all()
