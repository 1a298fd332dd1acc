"""Cost of ASGI: `python -m tests.benchmarks.asgi [--klanten N] [--turns N]`.

Alternates the same requests between three servers of the same host: gunicorn with
threads (WSGI), uvicorn's worker with a connection per request (Django's recommendation
for ASGI), and uvicorn's worker with a connection pool (Django's ``pool`` option). A
klant is also requested from ``host/raw.py``, which uses neither Django nor the suite.

Prints milliseconds of processor time of the web worker and of the complete database
server. A closed connection takes its own time with it, so nothing else may use that
server in the meantime.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.host.settings"
django.setup()

from tests.api_client import URL  # noqa: E402
from tests.benchmarks.databases import filled_database  # noqa: E402
from tests.benchmarks.measuring import WARM_UP, Meter  # noqa: E402
from tests.benchmarks.operations import (  # noqa: E402
    Call,
    Consumer,
    klant_uuid,
    post_body,
)
from tests.benchmarks.server import running_host  # noqa: E402

UVICORN = ("--worker-class", "uvicorn.workers.UvicornWorker")
THREADS = ("--worker-class", "gthread", "--threads", "4")
DETAIL = Call(f"{URL}/{klant_uuid(77)}")


@dataclass(frozen=True)
class Way:
    """A way to serve the host."""

    title: str
    application: str
    options: tuple[str, ...] = UVICORN
    connections: str = "kept"
    has_django: bool = True


WAYS = (
    Way("WSGI, threads, kept connections", "testapp.wsgi", THREADS),
    Way("ASGI, a connection each", "tests.served.asgi", connections="closed"),
    Way("ASGI, a pool", "tests.served.asgi", connections="pool"),
    Way("without Django", "tests.benchmarks.host.raw", has_django=False),
)


@dataclass
class Served:
    """A running server, with the times of its requests per turn."""

    way: Way
    meter: Meter
    costs: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def take(self, name: str, call: Call, times: int) -> None:
        """Make this number of requests, and record the time of each."""
        self.costs.setdefault(name, []).append(self.meter.take(call, times))


def calls(consumer: Consumer) -> dict[str, Call]:
    """Return the requests to measure."""
    hit = {"If-None-Match": consumer(DETAIL).headers["ETag"]}
    change = json.dumps({"voornaam": "Een"}).encode()
    return {
        "detail": DETAIL,
        "detail, 304": Call(DETAIL.path, headers=hit, status=304),
        "page of 100": Call(URL),
        "POST": Call(URL, "POST", post_body(), status=201),
        "PATCH": Call(f"{URL}/{klant_uuid(78)}", "PATCH", change),
    }


def measure(ways: list[Served], turns: int, times: int) -> Iterator[str]:
    """Yield the lines of the table."""
    # the ETag depends on the URL of the klant, and so on the host
    made = {id(one): calls(one.meter.consumer) for one in ways if one.way.has_django}
    made |= {id(one): {"detail": DETAIL} for one in ways if not one.way.has_django}
    for name in made[id(ways[0])]:
        able = [one for one in ways if name in made[id(one)]]
        for one in able:
            for _ in range(WARM_UP):
                one.meter.consumer(made[id(one)][name])
        for turn in range(turns):
            for one in able if turn % 2 else reversed(able):
                one.take(name, made[id(one)][name], times)
        first = ways[0].costs[name]
        for one in able:
            web, database = (
                statistics.median(part) for part in zip(*one.costs[name], strict=True)
            )
            ratios = [
                sum(ours) / sum(theirs)
                for ours, theirs in zip(one.costs[name], first, strict=True)
            ]
            ratio = statistics.median(ratios)
            yield f"{name:14}{one.way.title:34}{web:6.2f} + {database:5.2f}{ratio:7.2f}"


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--klanten", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=11)
    parser.add_argument("--times", type=int, default=40)
    options = parser.parse_args()
    with filled_database(options.klanten), ExitStack() as stack:
        ways = []
        for way in WAYS:
            server, port = stack.enter_context(
                running_host(
                    application=way.application,
                    options=way.options,
                    connections=way.connections,
                )
            )
            ways.append(Served(way, Meter(server, port)))
        for line in measure(ways, options.turns, options.times):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
