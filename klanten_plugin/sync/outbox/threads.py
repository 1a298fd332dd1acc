"""Work off a backlog of the outbox in several threads of one worker process.

Most of the time a worker waits for remotes and for the database. Threads are to each
other as worker processes are: each claims rows of its own, on a database connection of
its own, and of one object only one row is in hand at a time.
"""

from __future__ import annotations

import threading
import time
from contextvars import copy_context
from dataclasses import dataclass, field, replace

from django.db import connections, transaction

from ...constants import OutboxKind
from .run import Ended, Handler, Run, work_off

BACKLOG = 10
"""So many rows are done by one thread before others help: most runs have fewer."""


def work_off_together(kind: OutboxKind, handler: Handler, seconds: float) -> Run:
    """Do what :func:`work_off` does, with up to ``handler.threads`` threads.

    A remote that fails too often for one of them ends the run of all. Within a
    transaction there are no other threads: they wouldn't see its rows.
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
        """Do rows until there are none, the time is over or a thread has stopped all."""
        handler = replace(self.handler, is_open=self._is_open)
        seconds = self.end - time.monotonic()
        is_first = threading.current_thread() not in self.helpers
        progress = self._call_helpers if is_first else _nothing
        try:
            run = work_off(self.kind, handler, seconds, progress)
        except BaseException:
            self.is_over.set()
            raise
        self.runs.append(run)
        if run.ended is Ended.FAILING:
            self.is_over.set()

    def wait(self) -> None:
        """Until the helpers are done. Raises what one of them raised."""
        for helper in self.helpers:
            helper.join()
        if self.errors:
            raise self.errors[0]

    def total(self) -> Run:
        """The runs as one. How the first one ended tells, unless another one failed."""
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
            # with what this thread has bound to its log lines
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


def _nothing(_count: int) -> None:
    """Helpers call no others."""
