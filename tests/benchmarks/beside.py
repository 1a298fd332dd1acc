"""The API beside the floor and other implementations of the standard, in one run.

`python -m tests.benchmarks.beside [NAME=PORT,PATH,PID,DATABASE ...]`: each argument is
another Klanten API that runs on this machine, with its port, the path of its list of
klanten, its listening process, and its database in the server of DATABASE_URL. It must
have the same klanten (:mod:`.filling`), the client id and secret of
:func:`.operations.application`, two workers with two threads each, and keep its
connections with the database. The requests are alternated. Prints a Markdown table with
milliseconds of processor time per request, of the web workers + of the database.
"""

from __future__ import annotations

import os
import statistics
import sys
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.host.settings"
django.setup()

from tests.api.test_queries import MOST  # noqa: E402
from tests.api_client import URL  # noqa: E402
from tests.benchmarks.databases import filled_database  # noqa: E402
from tests.benchmarks.implementations import (  # noqa: E402
    OPERATIONS,
    Implementation,
    Operation,
    mixed_load,
)
from tests.benchmarks.measuring import WARM_UP, Cost, Meter  # noqa: E402
from tests.benchmarks.operations import FLOOR  # noqa: E402
from tests.benchmarks.server import KEPT, running_host  # noqa: E402

WORKERS = 2
OPTIONS = (*KEPT, "--threads", "2")
START_UP = 3
"""Seconds of mixed load that start up the workers and their connections."""
HEAD = ("operation", "API", "floor", "ratio (goal)", "statements, at most")


def costs(
    operation: Operation, apis: list[Implementation], turns: int
) -> dict[str, Cost]:
    """Return the costs by name of the implementation, measured alternately."""
    measured = {api.name: Cost() for api in apis}
    for api in apis:
        api.meter.take_each([operation.call(api) for _ in range(WARM_UP)])
    for turn in range(turns):
        first = turn % len(apis)
        for api in (*apis[first:], *apis[:first]):
            calls = [operation.call(api) for _ in range(operation.times)]
            web, database = api.meter.take_each(calls)
            measured[api.name].web.append(web)
            measured[api.name].database.append(database)
    return measured


def milliseconds(cost: Cost | None) -> str:
    """Return the medians of web and database."""
    if cost is None:
        return ""
    medians = (statistics.median(part) for part in (cost.web, cost.database))
    return " + ".join(
        f"{part:.1f}" if part < 100 else f"{part:.0f}" for part in medians
    )


def ratio(measured: dict[str, Cost], goal: float | None) -> str:
    """Return the median ratio of the API to the floor, with the goal."""
    if "floor" not in measured:
        return ""
    turns = zip(measured["API"].both, measured["floor"].both, strict=True)
    median = statistics.median(ours / floor for ours, floor in turns)
    return f"{median:.2f} ({goal})" if goal else f"{median:.2f}"


def row(*cells: object) -> str:
    """Return a row of a Markdown table."""
    return f"| {' | '.join(map(str, cells))} |"


def report(
    api: Implementation,
    floor: Implementation,
    others: list[Implementation],
    options: Namespace,
) -> Iterator[str]:
    """Yield the rows of the table."""
    head = (*HEAD, *(each.name for each in others))
    yield row(*head)
    yield row(*("---" for _ in head))
    served: dict[str, list[float]] = defaultdict(list)
    for each in (api, *others):
        # some implementations fail until each process has served one request
        with suppress(RuntimeError):
            mixed_load(each, START_UP)
    for _ in range(options.rounds):
        for each in (api, *others):
            served[each.name].append(mixed_load(each, options.seconds))
    for operation in OPERATIONS:
        able = [api]
        able += [floor] if operation.at_floor else []
        able += others if operation.elsewhere else []
        measured = costs(operation, able, options.turns)
        yield row(
            operation.name,
            milliseconds(measured["API"]),
            milliseconds(measured.get("floor")),
            ratio(measured, operation.goal),
            MOST[operation.statements],
            *(milliseconds(measured.get(each.name)) for each in others),
        )
    load = {name: f"{statistics.median(rounds):.0f}" for name, rounds in served.items()}
    theirs = (load[each.name] for each in others)
    yield row("mixed load, requests a second", load["API"], "", "", "", *theirs)


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("others", nargs="*", type=Implementation.parsed)
    parser.add_argument("--klanten", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=11)
    parser.add_argument("--rounds", type=int, default=3, help="of the mixed load")
    parser.add_argument("--seconds", type=float, default=8, help="of each round")
    options = parser.parse_args()
    with (
        filled_database(options.klanten) as database,
        running_host(options=OPTIONS, workers=WORKERS) as (server, port),
    ):
        meter = Meter(server, port, database)
        api = Implementation("API", URL, meter, needs_klantnummer=False)
        floor = Implementation("floor", FLOOR, meter, needs_klantnummer=False)
        for line in report(api, floor, options.others, options):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
