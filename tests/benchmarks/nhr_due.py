"""Time to find due klanten: `python -m tests.benchmarks.nhr_due`.

10,000 klanten are due, of 10,000 and of 1,000,000, each time with an empty outbox, and
again with all of them waiting in it. Prints the times, their ratios, PostgreSQL's plan,
and the growth of memory of the process. Works in a separate database next to that of
DATABASE_URL, which it drops afterwards.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from django.utils import timezone

DUE = 10_000
SIZES = (10_000, 1_000_000)
ROUNDS = 5
SLICE = 100_000

FILL = """
WITH made AS (
    INSERT INTO klanten_plugin_klant (
        uuid, bronorganisatie, klantnummer, bedrijfsnaam, functie, website_url,
        voornaam, voorvoegsel_achternaam, achternaam, telefoonnummer, emailadres,
        subject, subject_type, etag
    )
    SELECT gen_random_uuid(), '123456782', n::text, 'Bakkerij ' || n, '', '', '', '',
        '', '', '', '', 'vestiging', ''
    FROM generate_series(%(first)s, %(last)s) AS n
    RETURNING id, klantnummer::int AS n
)
INSERT INTO klanten_plugin_nhrstand (
    klant_id, soort, nummer, kvk_nummer, herkomst, opmerkingen, uitkomst, answers,
    gone, turn, due_at
)
SELECT id, 'vestiging', lpad(n::text, 12, '0'), '', '{}', '[]', 'actueel', '{}',
    false, 1,
    CASE WHEN n <= %(due)s THEN now() - interval '1 minute'
         ELSE now() + n * interval '1 second' END
FROM made
"""


@contextmanager
def own_database() -> Iterator[None]:
    """A separate database."""
    connection.settings_dict["TEST"]["NAME"] = f"bench_nhr_{os.getpid()}"
    old = setup_databases(verbosity=0, interactive=False)
    try:
        yield
    finally:
        teardown_databases(old, verbosity=0)


DROP_INDEXES = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT indexrelid::regclass::text FROM pg_index
        WHERE indrelid = 'klanten_plugin_klant'::regclass AND NOT indisunique
    LOOP EXECUTE 'DROP INDEX ' || name; END LOOP;
END $$
"""


def prepare() -> None:
    """Disable what makes inserting klanten slow. Finding due klanten doesn't use it."""
    with connection.cursor() as cursor:
        cursor.execute(DROP_INDEXES)
        cursor.execute("ALTER TABLE klanten_plugin_klant DISABLE TRIGGER USER")


def fill(have: int, want: int) -> None:
    """Create klanten up to this number."""
    with connection.cursor() as cursor:
        for first in range(have + 1, want + 1, SLICE):
            last = min(first + SLICE - 1, want)
            cursor.execute(FILL, {"first": first, "last": last, "due": DUE})
        cursor.execute("VACUUM ANALYZE klanten_plugin_nhrstand")


def measure() -> tuple[float, float]:
    """Return the minimum seconds of a first and of a second call.

    The first fills the outbox, which is left full for the second.
    """
    from klanten_plugin.models import OutboxRow
    from klanten_plugin.sync.nhr.due import queue_due

    first = second = float("inf")
    for _ in range(ROUNDS):
        OutboxRow.objects.all().delete()
        start = time.perf_counter()
        queued = queue_due()
        first = min(first, time.perf_counter() - start)
        if queued != DUE:
            sys.exit(f"{queued} were queued instead of {DUE}")
        start = time.perf_counter()
        if queue_all_again():
            sys.exit("a number was queued twice")
        second = min(second, time.perf_counter() - start)
    return first, second


def queue_all_again() -> int:
    """Skip all waiting numbers, without the early exit for a full outbox."""
    from klanten_plugin.constants import NhrTurn
    from klanten_plugin.sync.nhr.due import queue_turn

    return queue_turn(NhrTurn.NEW, DUE)


def plan() -> str:
    """Return PostgreSQL's plan for due klanten that aren't queued yet."""
    from klanten_plugin.models import OutboxRow
    from klanten_plugin.sync.nhr.due import QUEUE_DUE

    OutboxRow.objects.all().delete()
    values = {
        "kind": "nhr_verversing",
        "first": "nhr_overname",
        "turn": 1,
        "now": timezone.now(),
        "limit": DUE,
        "skipped": None,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (COSTS OFF) {QUEUE_DUE}", values)
        return "\n".join(row[0] for row in cursor.fetchall())


def peak() -> float:
    """Return the peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report(text: str) -> None:
    """Print without buffering, because the next size takes minutes."""
    print(text, flush=True)  # noqa: T201 - its output is for people


def main() -> None:
    """Measure both sizes and print."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--large", type=int, default=SIZES[1])
    sizes = (SIZES[0], parser.parse_args().large)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testapp.settings")
    django.setup()
    from klanten_plugin.models import KlantenConfig, NhrBron

    with own_database():
        config = KlantenConfig.get_solo()
        NhrBron.objects.create(config=config, soort="eigen", class_path="never.made")
        prepare()
        seconds, have = [], 0
        for size in sizes:
            fill(have, size)
            have, before = size, peak()
            seconds.append(measure())
            first, second = (each * 1000 for each in seconds[-1])
            report(
                f"{DUE} due of {size}: {first:.0f} ms, again {second:.0f} ms,"
                f" peak {peak():.1f} MB (+{peak() - before:.1f} MB)"
            )
        for name, few, many in zip(("first", "second"), *seconds, strict=True):
            report(f"{name} look, time ratio: {many / few:.2f}")
        report(plan())


if __name__ == "__main__":
    main()
