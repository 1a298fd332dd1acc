"""Combinations of filters: `python -m tests.benchmarks.combinations`.

Draws random combinations of one to four filters with the values of random klanten, half
of them values that very many share. Measures the statements for the first and the last
page with a million klanten, as PostgreSQL reports their time, including parallel
workers. PostgreSQL has its default settings, and random klanten have changed since they
were loaded.
"""

from __future__ import annotations

import os
import random
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testapp.settings")
django.setup()

from django.db import connection  # noqa: E402

from klanten_plugin.domain.klanten.bitmaps import LOOKUPS, catch_up  # noqa: E402
from klanten_plugin.domain.klanten.pages import read_page  # noqa: E402
from klanten_plugin.models import Klant, KlantBitmap, SharedValue  # noqa: E402
from tests.benchmarks.aging import age  # noqa: E402
from tests.benchmarks.databases import filled_database  # noqa: E402

PAGE = 100
GOAL = 50.0
"""Database time in milliseconds."""

COMBINATIONS = 40
SEED = 19

Lookups = dict[str, str]


def drawn(rng: random.Random) -> Iterator[tuple[str, Lookups]]:
    """Yield combinations, half of them with shared values, alone or with others."""
    shared = list(SharedValue.objects.exclude(lookup="").values_list("lookup", "value"))
    last = Klant.objects.order_by("-pk").values_list("pk", flat=True)[0]
    for number in range(COMBINATIONS):
        size = 1 + number // 2 % 4
        if number % 2:
            rng.shuffle(shared)
            yield "shared", dict(shared[:size])
        else:
            klant = Klant.objects.get(pk=rng.randint(1, last))
            yield (
                "drawn",
                {name: value_of(klant, name) for name in names(rng, klant, size)},
            )


def names(rng: random.Random, klant: Klant, size: int) -> list[str]:
    """Return the filters for which the klant has a value."""
    return rng.sample([name for name in LOOKUPS if value_of(klant, name)], size)


def value_of(klant: Klant, lookup: str) -> str:
    """Return the value of a filter."""
    found: Any = klant
    for name in lookup.split("__"):
        found = getattr(found, name, "")
    return str(found)


@contextmanager
def explained() -> Iterator[list[float]]:
    """Return the milliseconds of each SELECT, including its parallel workers."""
    times: list[float] = []

    def explain(
        execute: Any, sql: str, parameters: Any, many: bool, context: Any
    ) -> Any:
        if sql.lstrip().startswith(("SELECT", "WITH")):
            with context["connection"].connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", parameters)
                plan = cursor.fetchone()[0][0]
            workers = most_workers(plan["Plan"])
            times.append(plan["Planning Time"] + plan["Execution Time"] * (1 + workers))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(explain):
        yield times


def most_workers(plan: dict[str, Any]) -> int:
    """Return the number of parallel workers in a plan."""
    below = [most_workers(each) for each in plan.get("Plans", [])]
    return max([int(plan.get("Workers Launched", 0)), *below])


def cost(lookups: Lookups, start: int | None) -> tuple[float, int]:
    """Return the minimum of five runs, to exclude other load, and the count."""
    costs = []
    for _turn in range(5):
        with explained() as times:
            found = read_page(lookups, start, PAGE, "")
        costs.append(sum(times))
    return min(costs), found.count


def report() -> Iterator[str]:
    """Print a line for each combination."""
    yield f"{KlantBitmap.objects.count()} bitmaps of {SharedValue.objects.count()} values"
    costs: dict[str, list[float]] = {}
    for kind, lookups in drawn(random.Random(SEED)):  # noqa: S311 - the same each time
        first, count = cost(lookups, 0)
        last, _count = cost(lookups, None)
        expected = Klant.objects.filter(**lookups).count()
        wrong = "" if count == expected else f"  WRONG: {expected}"
        missed = "  MISSED" if max(first, last) > GOAL else ""
        costs.setdefault(kind, []).extend([first, last])
        yield f"{first:7.1f} {last:7.1f} {count:9}  {'+'.join(lookups)}{wrong}{missed}"
    for kind, values in costs.items():
        yield f"{kind}: median {median(values):.1f} ms, most {max(values):.1f} ms"


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--klanten", type=int, default=1_000_000)
    parser.add_argument("--keep", action="store_true", help="keep the database")
    parser.add_argument("--here", action="store_true", help="that of DATABASE_URL")
    options = parser.parse_args()
    if options.here:
        sys.stdout.writelines(f"{line}\n" for line in report())
        return
    with filled_database(options.klanten, keep=options.keep):
        age()
        catch_up()
        for line in report():
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
