"""Cost of the parts of a POST: `python -m tests.benchmarks.post_parts [--klanten N]`

The same POST to hosts with copies of one database, of which each lacks one part: the
indexes for searching in the admin, the list of changed klanten for the bitmaps, the
stored count, or the hint to the broker. Alternated, in processor time of the web worker
and the database. The difference to the complete host is the cost of the part.
"""

from __future__ import annotations

import os
import statistics
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.host.settings")
django.setup()

from django.db import connection  # noqa: E402

from klanten_plugin.models.triggers import KLANT_COUNTED  # noqa: E402
from tests.api_client import URL  # noqa: E402
from tests.benchmarks.databases import filled_database  # noqa: E402
from tests.benchmarks.measuring import Cost, Meter, Ratio  # noqa: E402
from tests.benchmarks.operations import Call, post_body  # noqa: E402
from tests.benchmarks.server import running_host  # noqa: E402

SEARCH_INDEXES = """
    SELECT format('DROP INDEX %I', indexname) FROM pg_indexes
    WHERE indexname LIKE 'klanten\\_zoek\\_%'
"""


@dataclass(frozen=True)
class Part:
    """A part of a POST, and how to do without it: SQL, or another application."""

    name: str
    statements: tuple[str, ...] = ()
    application: str = "testapp.wsgi"


def parts() -> list[Part]:
    """Return the complete POST, followed by its parts."""
    with connection.cursor() as cursor:
        cursor.execute(SEARCH_INDEXES)
        indexes = tuple(statement for (statement,) in cursor.fetchall())
    counted = KLANT_COUNTED.replace(
        "INSERT INTO klanten_plugin_changedklant (klant_id) SELECT id FROM changed;", ""
    )
    listed = (
        "CREATE OR REPLACE FUNCTION klanten_plugin_klant_counted() RETURNS trigger"
        f" AS $body${counted}$body$ LANGUAGE plpgsql"
    )
    inserted = "DROP TRIGGER klanten_plugin_klant_inserted ON klanten_plugin_klant"
    return [
        Part("complete"),
        Part(f"{len(indexes)} indexes for searching", indexes),
        Part("list of changed klanten", (listed,)),
        Part("that list and the count", (inserted,)),
        Part("hint to the broker", application="tests.benchmarks.host.without_hint"),
    ]


@contextmanager
def without(part: Part, template: str, number: int) -> Iterator[Meter]:
    """Yield a host with a copy of the database that lacks the part."""
    name = f"{template}_{number}"
    run_alone(f'DROP DATABASE IF EXISTS "{name}"')
    run_alone(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    connect_to(name)
    with connection.cursor() as cursor:
        for statement in part.statements:
            cursor.execute(statement)
    with running_host(application=part.application) as (server, port):
        connect_to("postgres")
        yield Meter(server, port, name)
    run_alone(f'DROP DATABASE "{name}"')


def connect_to(name: str) -> None:
    """Use this database from now on."""
    connection.close()
    connection.settings_dict["NAME"] = name


def run_alone(statement: str) -> None:
    """Run a statement in a database that no copy is made of."""
    connect_to("postgres")
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--klanten", type=int, default=50_000)
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--times", type=int, default=20)
    options = parser.parse_args()
    call = Call(URL, "POST", post_body(), status=201)
    with filled_database(options.klanten) as name, ExitStack() as stack:
        stack.callback(connect_to, name)
        wanted = parts()
        meters = [
            stack.enter_context(without(part, name, number))
            for number, part in enumerate(wanted)
        ]
        costs = [Cost() for _part in wanted]
        for turn in range(options.turns + 1):
            for place in range(len(wanted)):
                # each is the first in turn
                which = (place + turn) % len(wanted)
                web, database = meters[which].take(call, options.times)
                if turn:  # the first is only for warming up
                    costs[which].web.append(web)
                    costs[which].database.append(database)
        complete = costs[0]
        for part, cost in zip(wanted, costs, strict=True):
            lacking = zip(complete.both, cost.both, strict=True)
            share = Ratio([1 - rest / whole for whole, rest in lacking])
            lost = statistics.median(complete.both) - cost.median
            sys.stdout.write(
                f"{part.name:30}{cost!s:>18}{lost:8.2f} ms{share.median:8.1%}\n"
            )


if __name__ == "__main__":
    main()
