"""Cost of requests by number of klanten: `python -m tests.benchmarks.growth [sizes]`

The same requests in databases of 10,000, 100,000 and 1,000,000 klanten: processor time
of the web worker and the database together, and the ratio to the smallest. Alternates
between the databases, after 4 % of the klanten changed at random and autovacuum ran.
The database server must run on this machine. Filling the largest takes some minutes;
with `--keep` they are kept for the next time.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testapp.settings")
django.setup()

from klanten_plugin.domain.klanten.bitmaps import catch_up  # noqa: E402
from tests.api_client import URL  # noqa: E402
from tests.benchmarks.aging import age  # noqa: E402
from tests.benchmarks.databases import filled_database  # noqa: E402
from tests.benchmarks.measuring import Meter  # noqa: E402
from tests.benchmarks.operations import (  # noqa: E402
    MANY,
    NONE,
    ONE,
    Call,
    Consumer,
    filtered,
    klant_uuid,
    post_body,
)
from tests.benchmarks.server import running_host  # noqa: E402

SIZES = (10_000, 100_000, 1_000_000)
PAGE = 100
ONE_HIT = 1.3
MIDDLE_PAGE = 2.0
LAST_PAGE = 5.0


@dataclass
class Request:
    """A request, with its maximum ratio to the smallest database, or ``None``."""

    name: str
    call: Call
    most: float | None = ONE_HIT
    times: int = 10


def requests(size: int, consumer: Consumer) -> Iterator[Request]:
    """Return the requests for a database with this number of klanten.

    ``consumer`` asks for the ETag of one of them.
    """
    pages = size // PAGE
    yield Request("first page", Call(URL))
    yield Request("middle page", Call(f"{URL}?page={pages // 2}"), MIDDLE_PAGE)
    # klanten that the measured POSTs created are behind it
    yield Request("last page", Call(f"{URL}?page={pages}"), LAST_PAGE)
    detail = Call(f"{URL}/{klant_uuid(size // 2)}")
    yield Request("detail", detail)
    hit = {"If-None-Match": consumer(detail).headers["ETag"]}
    yield Request("detail, 304", Call(detail.path, headers=hit, status=304))
    trail = f"{URL}/{klant_uuid(size // 2)}/audittrail"
    yield Request("audit trail", Call(trail))
    yield Request("POST", Call(URL, "POST", post_body(), status=201))
    for name, value in ONE.items():
        yield Request(f"{name}: one hit", filtered(URL, name, value))
    for name, value in NONE.items():
        yield Request(f"{name}: no hit", filtered(URL, name, value))
    for name, value in MANY.items():
        yield Request(f"{name}: 5 %", filtered(URL, name, value), None)


def measure(
    meters: dict[int, Meter],
    turns: int,
    only: str,
    choose: Callable[[list[float]], float] = median,
) -> Iterator[tuple[Request, list[float]]]:
    """Yield each request, and its milliseconds by size.

    ``choose`` is ``min`` instead of the median for a machine that is busy.
    """
    all_requests = (requests(size, meter.consumer) for size, meter in meters.items())
    lists = zip(*all_requests, strict=True)
    for same in lists:
        if only not in same[0].name:
            continue
        costs: dict[int, list[float]] = {size: [] for size in meters}
        for turn in range(turns + 1):
            for (size, meter), request in zip(meters.items(), same, strict=True):
                cost = sum(meter.take(request.call, request.times))
                if turn:  # the first is only for warming up
                    costs[size].append(cost)
        yield same[0], [choose(cost) for cost in costs.values()]


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--only", default="", help="part of the name of a request")
    parser.add_argument("--keep", action="store_true", help="keep the databases")
    options = parser.parse_args()
    with ExitStack() as stack:
        meters = {}
        for size in options.sizes:
            name = stack.enter_context(filled_database(size, keep=options.keep))
            age()
            catch_up()
            server, port = stack.enter_context(running_host())
            meters[size] = Meter(server, port, name)
        report(meters, measure(meters, options.turns, options.only))


def report(
    meters: dict[int, Meter], measured: Iterable[tuple[Request, list[float]]]
) -> None:
    """Print a line per request: milliseconds by size, and the growth."""
    sys.stdout.write(_line("klanten", [f"{size:,}" for size in meters], "", "goal"))
    for request, costs in measured:
        growth = costs[-1] / costs[0]
        missed = request.most is not None and growth > request.most
        goal = f"{request.most or '':>5} {'MISSED' if missed else ''}"
        cells = [f"{cost:.2f}" for cost in costs]
        sys.stdout.write(_line(request.name, cells, f"{growth:.2f}", goal))
        sys.stdout.flush()


def _line(name: str, cells: list[str], growth: str, goal: str) -> str:
    return f"{name:56}{''.join(f'{cell:>12}' for cell in cells)}{growth:>8}  {goal}\n"


if __name__ == "__main__":
    main()
