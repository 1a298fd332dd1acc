"""A year of the trade register, simulated: `python -m tests.benchmarks.nhr_year`.

Runs the real rows of the outbox, gates, budget, limiter, pacing, signals and
`next_time` in a separate database, with KVK's APIs simulated in the process. 3 % of the
klanten change per month (a name, an address or, one in ten, a website, which KVK
doesn't signal), and 1 % of the number of klanten is added each month.

Prints for each scenario, next to the goals: the costs per klant, how long new klanten
waited, the busiest day compared to the mean, and the oldest value. Exits with 1 if a
goal is missed. `--whole` has workers process each row with only the code of the plugin,
which takes many times as long; see :mod:`.nhr_workers`.
"""

from __future__ import annotations

import logging
import math
import os
import random
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import django
from django.db import connection
from django.utils import timezone

from celery import current_app

from tests.benchmarks.nhr_due import own_database, prepare, report

NEW_A_MONTH = 0.01
DAYS = 365
MOST_PAID, MOST_WAIT, MOST_OF_MEAN = 1.2, timedelta(minutes=10), 2.0
CLEANING = timedelta(days=10)
SHARE = 0.8
"""Fraction of the budget that isn't reserved for new klanten."""


@dataclass(frozen=True)
class Scenario:
    """Differences from the default settings. ``budget`` is per klant and month."""

    title: str
    signals: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    budget: float = 6.0
    second_source: bool = False
    counters_lost: bool = False


SCENARIOS = {
    "plain": Scenario("without signals"),
    "signals": Scenario("with signals", signals=True),
    "budget": Scenario("a budget of 30,000 a month", budget=0.6),
    "tight": Scenario(
        "the same, and every 30 days, which it can't pay",
        settings={"KLANTEN_NHR_INTERVAL_DAYS": 30.0},
        budget=0.6,
    ),
    "source-down": Scenario("a second source, down for a week", second_source=True),
    "counters-lost": Scenario(
        "signals; the broker's counters lost each day", signals=True, counters_lost=True
    ),
}
"""Budgets are for 50,000 klanten: 300,000 by default."""

FILL = """
WITH given AS (
    SELECT * FROM unnest(%s::text[], %s::timestamptz[], %s::timestamptz[], %s::int[])
        AS given (nummer, checked_at, due_at, turn)
), made AS (
    INSERT INTO klanten_plugin_klant (
        uuid, bronorganisatie, klantnummer, bedrijfsnaam, functie, website_url,
        voornaam, voorvoegsel_achternaam, achternaam, telefoonnummer, emailadres,
        subject, subject_type, etag
    )
    SELECT gen_random_uuid(), '123456782', right(nummer, 8), '', '', '', '', '', '', '',
        '', '', 'vestiging', ''
    FROM given
    RETURNING id, klantnummer
), asked AS (
    INSERT INTO klanten_plugin_outboxtask
        (kind, object_key, object_url, next_attempt_at, due_at, ordered, state, attempts,
         last_error)
    SELECT 'nhr_overname', 'vestiging:' || nummer, '', statement_timestamp(),
        statement_timestamp(), false, 'waiting', 0, ''
    FROM given WHERE checked_at IS NULL
    ORDER BY nummer
)
INSERT INTO klanten_plugin_nhrstand (
    klant_id, soort, nummer, kvk_nummer, herkomst, opmerkingen, uitkomst, answers,
    gone, turn, checked_at, due_at
)
SELECT made.id, 'vestiging', nummer, right(nummer, 8), '{}', '[]', 'nieuw', '{}',
    false, turn, checked_at, due_at
FROM made JOIN given ON right(nummer, 8) = klantnummer
"""


@dataclass
class Year:
    """The run of a scenario."""

    scenario: Scenario
    klanten: int
    days: int
    step: timedelta
    in_batches: bool = True
    numbers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        from tests.benchmarks.nhr_register import Register

        self.rng = random.Random(1)  # noqa: S311 - no secret
        self.register = Register(self.rng)

    def run(self) -> None:
        """Run it."""
        from tests.benchmarks.nhr_register import BEGIN, DAY, Clock

        self._fill(BEGIN)
        moment = BEGIN
        while moment < BEGIN + self.days * DAY:
            Clock.set(moment)
            since = moment - BEGIN
            self.register.facade_down = (
                self.scenario.second_source and 0 <= since.days - self.days // 7 < 7
            )
            if self.scenario.counters_lost and since % DAY < self.step:
                _forget_counters()
            self._look()
            self._welcome(moment)
            if since.days % 30 == 0:
                told = "\n".join(str(one) for one in self.figures(math.inf))
                print(f"day {since.days}:\n{told}", file=sys.stderr)  # noqa: T201
            moment += self.step

    def _look(self) -> None:
        """Run the tasks of beat and the workers."""
        from klanten_plugin.sync.nhr.due import queue_due
        from klanten_plugin.sync.nhr.signals import queue_poll
        from klanten_plugin.sync.outbox.upkeep import remove_done
        from tests.benchmarks.nhr_workers import POLLED, work

        self.register.change_some(self.numbers, self.step)
        if self.scenario.signals:
            queue_poll()  # which also queues due klanten
        else:
            queue_due()
        work(*POLLED, in_batches=self.in_batches)
        if self.register.rng.random() < self.step / CLEANING:
            remove_done()

    def _welcome(self, begin: datetime) -> None:
        """Create new klanten during this step, and notify a worker."""
        from klanten_plugin.constants import OutboxKind
        from tests.benchmarks.nhr_register import DAY, MONTH, Clock
        from tests.benchmarks.nhr_workers import work

        part = self.step / DAY / MONTH
        count = self.register.about(self.klanten * NEW_A_MONTH * part)
        new = [f"{len(self.numbers) + n:012}" for n in range(1, count + 1)]
        if not new:
            return
        Clock.set(begin + self.step * self.rng.random())
        self._insert([(nummer, None, Clock.now, 1) for nummer in new])
        self.register.created |= dict.fromkeys(new, Clock.now)
        Clock.set(Clock.now + timedelta(seconds=5))
        work(OutboxKind.NHR_OVERNAME, in_batches=self.in_batches)

    def _fill(self, begin: datetime) -> None:
        """Create older klanten, each looked up within its last interval."""
        from klanten_plugin.constants import NhrOutcome, NhrTurn
        from klanten_plugin.domain.nhr.timing import next_time
        from tests.benchmarks.nhr_register import Clock

        Clock.set(begin)
        rows = []
        for n in range(1, self.klanten + 1):
            period = next_time(NhrOutcome.ACTUEEL) - begin
            checked_at = begin - period * self._part(period.days)
            rows.append(
                (f"{n:012}", checked_at, checked_at + period, NhrTurn.REFRESH.value)
            )
        self._insert(rows)
        self.register.asked = {nummer: checked for nummer, checked, *_rest in rows}
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE klanten_plugin_nhrstand")

    def _part(self, days: int) -> float:
        """Return the elapsed part of its period. With signals, long ones are rare."""
        from tests.benchmarks.nhr_register import CHANGING_A_MONTH, MONTH, WEBSITE_PART

        chance = self.rng.random()
        if not self.scenario.signals:
            return chance
        rate = CHANGING_A_MONTH * (1 - WEBSITE_PART) / MONTH * days
        return -math.log(1 - chance * (1 - math.exp(-rate))) / rate

    def _insert(self, rows: list[tuple[Any, ...]]) -> None:
        columns = [list(part) for part in zip(*rows, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(FILL, columns)
        self.numbers += columns[0]

    def figures(self, interval: float) -> list[Figure]:
        """Yield the measurements and goals. ``interval`` is the configured one."""
        register = self.register
        total, count = register.paid.total(), len(self.numbers)
        days = max(register.paid, default=0) + 1
        by_budget = 12 * self.scenario.budget * SHARE * self.klanten / DAYS
        return [
            Figure(
                "paid a klant",
                total / count / days * DAYS,
                MOST_PAID if self.scenario.signals else math.inf,
            ),
            Figure(
                f"of {len(register.waits)} new klanten, longest wait (s)",
                max(register.waits, default=timedelta()).total_seconds(),
                MOST_WAIT.total_seconds(),
            ),
            Figure("new klanten not asked for", len(register.created), 0),
            Figure(
                "busiest day / mean",
                max(register.paid.values(), default=0) * days / max(total, 1),
                MOST_OF_MEAN,
            ),
            Figure(
                "oldest value (days)",
                max(register.oldest, register.unasked_oldest()) / timedelta(days=1),
                # plus a day, because the budget is counted in whole days
                max(interval, count / by_budget + 1),
            ),
        ]


@dataclass(frozen=True)
class Figure:
    """A measurement, and its maximum."""

    name: str
    value: float
    goal: float

    @property
    def is_met(self) -> bool:
        return self.value <= self.goal

    def __str__(self) -> str:
        goal = "" if self.goal == math.inf else f" (goal {self.goal:.4g})"
        missed = "" if self.is_met else " MISSED"
        return f"  {self.name}: {self.value:.4g}{goal}{missed}"


def _forget_counters() -> None:
    """Clear the Redis that counts the requests per second."""
    from limits.storage import storage_from_string

    from klanten_plugin.conf import limiter_url

    storage_from_string(limiter_url()).reset()


def configure(scenario: Scenario) -> None:
    """Configure KVK, and the additions of the scenario."""
    from zgw_consumers.models import Service

    from klanten_plugin.models import KlantenConfig, NhrBron
    from tests.benchmarks.nhr_register import FACADE, ROOT

    config = KlantenConfig.get_solo()
    for position, root in enumerate([ROOT, FACADE][: 1 + scenario.second_source]):
        service = Service.objects.create(
            label=root,
            slug=f"s{position}",
            api_type="orc",
            api_root=root,
            auth_type="no_auth",
        )
        soort = "haal_centraal" if position else "kvk"
        NhrBron.objects.create(
            config=config, position=position, soort=soort, service=service
        )
    if scenario.signals:
        config.nhr_mutatieservice = Service.objects.get(slug="s0")
        config.nhr_abonnement = "a"
        config.save()


@contextmanager
def simulated(year: Year) -> Iterator[float]:
    """Simulate clock, network and randomness. Yields the interval in days."""
    from klanten_plugin import tasks
    from klanten_plugin.domain.nhr import timing
    from tests.benchmarks.nhr_register import CLOCK, Clock

    with connection.cursor() as cursor:
        cursor.execute(CLOCK)
    configure(year.scenario)
    interval = timing.interval_days()
    clients = "klanten_plugin.clients.nhr"
    with ExitStack() as stack:
        for module in ("kvk_http", "haal_centraal"):
            wire = mock.patch(f"{clients}.{module}.exchange", year.register.answer)
            stack.enter_context(wire)
        for place, name, value in (
            (timing, "interval_days", lambda: interval),  # a query each time
            (random.SystemRandom, "uniform", random.Random(2).uniform),  # noqa: S311
            (timezone, "now", Clock.read),
        ):
            stack.enter_context(mock.patch.object(place, name, value))
        # nothing receives messages to workers
        silence = {current_app.conf.broker_write_url: math.inf}
        stack.enter_context(mock.patch.dict(tasks.quiet_until, silence))
        yield interval


@contextmanager
def chosen(scenario: Scenario, klanten: int) -> Iterator[None]:
    """Return the settings of a scenario."""
    from django.test import override_settings

    values = {
        "KLANTEN_NHR_MONTHLY_BUDGET": int(scenario.budget * klanten),
        "KLANTEN_NHR_REQUESTS_PER_SECOND": 10**6,
        **scenario.settings,
    }
    with override_settings(**values):
        yield


def play(name: str, options: Namespace) -> bool:
    """Run a scenario in a separate database, and print the results.

    Returns whether all goals are met.
    """
    scenario, started = SCENARIOS[name], time.process_time()
    step = timedelta(hours=options.hours)
    year = Year(scenario, options.klanten, options.days, step, not options.whole)
    with own_database(), chosen(scenario, options.klanten):
        prepare()
        with simulated(year) as interval:
            year.run()
    figures = year.figures(interval)
    seconds = time.process_time() - started
    report(f"{name}: {scenario.title} ({year.register.paid.total()} paid)")
    report("\n".join(str(one) for one in figures) + f"\n  ({seconds:.0f} s of CPU)")
    return all(one.is_met for one in figures)


def main() -> None:
    """Run the scenarios."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--klanten", type=int, default=50_000)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--hours", type=int, default=24, help="between two looks")
    parser.add_argument("--scenario", nargs="*", choices=SCENARIOS, default=[])
    parser.add_argument("--whole", action="store_true", help="row by row")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testapp.settings")
    django.setup()
    logging.disable(logging.CRITICAL)
    met = [play(name, options) for name in options.scenario or SCENARIOS]
    sys.exit(not all(met))


if __name__ == "__main__":
    main()
