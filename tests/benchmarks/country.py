"""A register of the whole country: `python -m tests.benchmarks.country [size]`

Like :mod:`.growth`, from 10,000 to 18,000,000 klanten (or the given number), of 342
municipalities with a realistic skew. Also prints how long it takes to add the index on
the audit trail (the only migration of a full database), to rebuild the bitmaps and to
count the klanten, and the sizes of tables and indexes. Takes the minimum of interleaved
runs, because it runs for hours, beside other work.

PostgreSQL needs 2.4 GB per million klanten, ``fsync = off``, ``autovacuum = off``, a
``max_wal_size`` and ``shared_buffers`` of some GB. The role must be a superuser.
"""

from __future__ import annotations

import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testapp.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from klanten_plugin.domain.klanten.bitmaps import rebuild  # noqa: E402
from klanten_plugin.domain.klanten.pages import recount_klanten  # noqa: E402
from tests.benchmarks import cpu  # noqa: E402
from tests.benchmarks.aging import CHANGES, change_most, change_some  # noqa: E402
from tests.benchmarks.databases import filled_database  # noqa: E402
from tests.benchmarks.growth import measure, report  # noqa: E402
from tests.benchmarks.measuring import Meter  # noqa: E402
from tests.benchmarks.server import running_host  # noqa: E402

SMALL, COUNTRY = 10_000, 18_000_000
MUNICIPALITIES = 342

SIZES = """
    SELECT relname, reltuples::bigint, pg_table_size(oid), pg_indexes_size(oid)
    FROM pg_class
    WHERE relkind = 'r' AND (relname LIKE 'klanten\\_plugin\\_%'
        OR relname = 'audittrails_audittrail') AND pg_total_relation_size(oid) > 1e6
    ORDER BY pg_total_relation_size(oid) DESC
"""


def age() -> None:
    """Change 4 %, vacuum as autovacuum would, then change less than it waits for."""
    change_most()
    with connection.cursor() as cursor:
        for table in CHANGES:
            cursor.execute(f"VACUUM (ANALYZE) {table}")
    change_some()


def migrate_audit_index() -> None:
    """Add the index on the audit trail of the host, as on a host that has lines."""
    call_command("migrate", "klanten_plugin", "0001", verbosity=0)
    with timed("migrate from 0001"):
        call_command("migrate", "klanten_plugin", verbosity=0)


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Print seconds of the clock and of the processor, of the database included."""
    begun, before = time.monotonic(), _processor_time()
    yield
    taken = (_processor_time() - before) / 1e9
    _write(f"{name}: {time.monotonic() - begun:.1f} s, processor {taken:.1f} s")


def _processor_time() -> int:
    """Return the nanoseconds of this process and of the complete database server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        own = cpu.nanoseconds(row[0] for row in cursor.fetchall())
    return own + cpu.database_server() + time.process_time_ns()


def print_sizes() -> None:
    """Print rows, size and size of the indexes of each table."""
    with connection.cursor() as cursor:
        cursor.execute(SIZES)
        for name, rows, table, indexes in cursor.fetchall():
            _write(
                f"{name:44}{rows:>13,}{table / 1e6:>9.0f} MB{indexes / 1e6:>9.0f} MB"
            )


def vacuum_changes() -> None:
    """Vacuum the list of changed klanten, as autovacuum would after :func:`age`."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM klanten_plugin_changedklant")


STEPS: dict[str, Callable[[], object]] = {
    "rebuild of the bitmaps": rebuild,
    "vacuum of the list of changes": vacuum_changes,
    "recount": recount_klanten,
}


def main() -> None:
    """Fill, age, measure and print."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("size", type=int, nargs="?", default=COUNTRY)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--processes", type=int, default=2, help="that fill")
    parser.add_argument("--only", default="", help="part of the name of a request")
    parser.add_argument("--keep", action="store_true", help="keep the databases")
    options = parser.parse_args()
    with ExitStack() as stack:
        meters = {}
        for size in (SMALL, options.size):
            database = filled_database(
                size,
                keep=options.keep,
                organisations=MUNICIPALITIES,
                processes=options.processes,
            )
            name = stack.enter_context(database)
            migrate_audit_index()
            age()
            for step, function in STEPS.items():
                with timed(step):
                    function()
            print_sizes()
            server, port = stack.enter_context(running_host())
            meters[size] = Meter(server, port, name)
        report(meters, measure(meters, options.turns, options.only, min))


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
