"""Cost of claiming rows of the outbox: `python -m tests.benchmarks.outbox_claims`.

First: a claim with one waiting row of an object, compared to a claim with 100,000 rows
of one object waiting behind the first. Prints the ratio. Then: the processor time per
row of worker and PostgreSQL backend together, at the start and at the end of processing
200,000 due rows of different objects with a handler that does nothing. Works in a
separate database next to that of DATABASE_URL, which it drops afterwards.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import django
from django.db import connection

from tests.benchmarks.cpu import nanoseconds
from tests.benchmarks.nhr_due import own_database, report

FEW, MANY = 1, 100_000
ROWS = 200_000
PARTS = 5
TURNS = 15
CLAIMS = 20
MAX_RATIO = 1.5
MAX_MILLISECONDS = 3.0

FILL = """
    INSERT INTO klanten_plugin_outboxtask
        (kind, object_key, object_url, payload, ordered, state, attempts, last_error,
         next_attempt_at)
    SELECT %(kind)s, CASE WHEN %(key)s = '' THEN gen_random_uuid()::text ELSE %(key)s END,
        'https://klanten.example.nl/' || n, '{"actie": "update"}'::jsonb, true,
        'waiting', 0, '', statement_timestamp() + %(seconds)s * interval '1 second'
    FROM generate_series(1, %(count)s) AS n
"""


def fill(kind: str, count: int, key: str = "", seconds: float = 0.0) -> None:
    """Insert rows: of one object, or of different objects if ``key`` is empty."""
    values = {"kind": kind, "count": count, "key": key, "seconds": seconds}
    with connection.cursor() as cursor:
        cursor.execute(FILL, values)


def analyze() -> None:
    """Analyze the table, as autovacuum does within minutes."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE klanten_plugin_outboxtask")


class Meter:
    """Processor time of this process and of its database backend."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self.pids = [os.getpid(), cursor.fetchone()[0]]

    def milliseconds(self, call: Callable[[], object]) -> float:
        """Return the milliseconds of both for one call."""
        before = nanoseconds(self.pids)
        call()
        return (nanoseconds(self.pids) - before) / 1e6


def compare_claims() -> float:
    """Return the ratio of the medians. Alternates, so that other load affects both."""
    from klanten_plugin.constants import OutboxKind

    meter = Meter()
    kinds = {FEW: OutboxKind.ROL_KLANT, MANY: OutboxKind.NOTIFICATION}
    costs: dict[int, list[float]] = {FEW: [], MANY: []}
    for count, kind in kinds.items():
        fill(kind, 1, key="head", seconds=3600)
        fill(kind, count - 1, key="head")
        fill(kind, CLAIMS * (TURNS + 1))
    analyze()
    for count, kind in kinds.items():
        start = time.perf_counter()
        take_and_finish(kind, CLAIMS)
        seconds = (time.perf_counter() - start) * 1000
        report(f"{count} rows of one object: first {CLAIMS} claims {seconds:.0f} ms")
    analyze()
    for turn in range(TURNS):
        for count in (FEW, MANY) if turn % 2 else (MANY, FEW):
            kind = kinds[count]
            cost = meter.milliseconds(lambda kind=kind: take_and_finish(kind, CLAIMS))
            costs[count].append(cost / CLAIMS)
    few, many = (statistics.median(costs[count]) for count in (FEW, MANY))
    report(f"claim and settle: {few:.2f} ms with {FEW}, {many:.2f} ms with {MANY}")
    return many / few


def take_and_finish(kind: str, times: int) -> None:
    """Process rows of other objects one by one."""
    from klanten_plugin.constants import OutboxKind
    from klanten_plugin.sync.outbox.claims import claim
    from klanten_plugin.sync.outbox.settling import finish

    for _time in range(times):
        row = claim(OutboxKind(kind))
        if row is None:
            sys.exit("nothing could be taken")
        finish(row)


def drain(rows: int) -> float:
    """Return milliseconds of processor time per row in the most expensive part."""
    from klanten_plugin.constants import OutboxKind
    from klanten_plugin.models import OutboxRow
    from klanten_plugin.sync.outbox.run import Handler, work_off

    OutboxRow.objects.all()._raw_delete("default")
    fill(OutboxKind.NOTIFICATION, rows)
    analyze()
    meter = Meter()
    each: list[float] = []
    part = max(rows // PARTS, 1)
    seen = done = 0
    before = nanoseconds(meter.pids)

    def count(number: int) -> None:
        nonlocal seen, before
        seen += number
        if seen % part == 0:
            now = nanoseconds(meter.pids)
            each.append((now - before) / 1e6 / part)
            before = now

    with without_logs():
        done = work_off(
            OutboxKind.NOTIFICATION, Handler(lambda _row: None), progress=count
        ).done
    if done != rows:
        sys.exit(f"{done} were done instead of {rows}")
    report(f"{rows} rows, ms each: {', '.join(f'{cost:.2f}' for cost in each)}")
    return max(each)


@contextmanager
def without_logs() -> Iterator[None]:
    """Format log lines, but discard them."""
    saved = os.dup(2)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def main() -> None:
    """Measure and print. Fail if the limits are exceeded."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    rows = parser.parse_args().rows
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testapp.settings")
    django.setup()
    with own_database():
        ratio = compare_claims()
        report(f"ratio: {ratio:.2f} (at most {MAX_RATIO})")
        cost = drain(rows)
        report(f"at most {cost:.2f} ms each (at most {MAX_MILLISECONDS})")
    if ratio > MAX_RATIO or cost > MAX_MILLISECONDS:
        sys.exit(1)


if __name__ == "__main__":
    main()
