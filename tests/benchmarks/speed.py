"""Goals and measurements: `python -m tests.benchmarks.speed [--keep] [--klanten N]`.

Each request of the API compared to the floor (`host/floor.py`): alternated, over HTTP,
in processor time of the web worker and the database together. Also the number of
queries of a repeated request. Works in separate databases next to that of DATABASE_URL,
whose server must run on this machine.
"""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import dataclass

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.host.settings"
django.setup()

from tests.api.test_queries import MOST  # noqa: E402
from tests.api_client import URL  # noqa: E402
from tests.benchmarks.databases import filled_database  # noqa: E402
from tests.benchmarks.measuring import Meter  # noqa: E402
from tests.benchmarks.operations import (  # noqa: E402
    FLOOR,
    MANY,
    ONE,
    Call,
    filtered,
    klant_uuid,
    post_body,
)
from tests.benchmarks.server import running_host  # noqa: E402


@dataclass
class Goal:
    """Maximum ratio to the floor, and maximum number of queries."""

    name: str
    ours: Call
    floor: Call
    most: float
    queries: int
    times: int = 30


def goals(meter: Meter) -> Iterator[Goal]:
    """Return the goals in order, those of filters last."""
    detail = f"{URL}/{klant_uuid(77)}"
    floor_detail = Call(f"{FLOOR}/{klant_uuid(77)}")
    etag = meter.consumer(Call(detail)).headers["ETag"]
    yield Goal("page of 100", Call(URL), Call(FLOOR), 1.3, MOST["page"], times=15)
    yield Goal("detail", Call(detail), floor_detail, 1.3, MOST["detail"])
    hit = Call(detail, headers={"If-None-Match": etag}, status=304)
    same = "304, beside our own detail"
    yield Goal(same, hit, Call(detail), 0.9, MOST["not modified"])
    trail = Call(f"{detail}/audittrail")
    floor = Call(f"{floor_detail.path}/audittrail")
    yield Goal("audit trail", trail, floor, 2.5, MOST["audit trail"])
    post = Call(URL, "POST", post_body(), status=201)
    floor = Call(FLOOR, "POST", post_body(), status=201)
    yield Goal("POST", post, floor, 2.5, MOST["POST"])
    for name, value in ONE.items():
        ours, floor = filtered(URL, name, value), filtered(FLOOR, name, value)
        yield Goal(name, ours, floor, 1.3, MOST["filter"])
    # no value of it is of a single klant
    ours, floor = (
        filtered(root, "subjectType", MANY["subjectType"]) for root in (URL, FLOOR)
    )
    yield Goal("subjectType", ours, floor, 1.5, MOST["filter"], times=10)


def report(meter: Meter, options: Namespace) -> Iterator[str]:
    """Yield the lines of the table."""
    yield (
        f"{'':50}{'API: web + database':>20}{'floor':>18}"
        f"{'ratio':>8}{'p10':>7}{'p90':>7}{'goal':>7}{'queries':>10}{'goal':>6}"
    )
    missed = 0
    for goal in goals(meter):
        if options.only and options.only not in goal.name:
            continue
        calls = (goal.ours, goal.floor)
        ours, floor, ratio = meter.compare(calls, options.turns, goal.times)
        first, last = ratio.spread
        asked = meter.queries(goal.ours, goal.ours)
        met = ratio.median <= goal.most and asked <= goal.queries
        missed += not met
        yield (
            f"{goal.name:50}{ours!s:>20}{floor!s:>18}"
            f"{ratio.median:8.2f}{first:7.2f}{last:7.2f}{goal.most:7.1f}"
            f"{asked:10}{goal.queries:6}  {'' if met else 'MISSED'}"
        )
    asked = meter.queries(*(patch(name) for name in ("Een", "Ander")))
    missed += asked > MOST["PATCH"]
    yield f"{'PATCH of one field':110}{asked:20}{MOST['PATCH']:6}"
    yield f"milliseconds of processor time per request; {missed} goals missed"


def patch(voornaam: str) -> Call:
    """Return a change of one field."""
    body = json.dumps({"voornaam": voornaam}).encode()
    return Call(f"{URL}/{klant_uuid(78)}", "PATCH", body)


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--klanten", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=11)
    parser.add_argument("--only", default="", help="part of the name of a goal")
    parser.add_argument("--keep", action="store_true", help="keep the database")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    with (
        filled_database(options.klanten, keep=options.keep) as database,
        running_host(options.port) as (server, port),
    ):
        for line in report(Meter(server, port, database), options):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
