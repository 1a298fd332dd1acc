"""A year of the trade register, on a simulated clock: `python -m tests.benchmarks.nhr_year`.

Runs the real outbox rows, claims, limiter, budget, gates, pacing and `next_time` in a
database of its own, with KVK's APIs answered in the process. 3 % of the klanten change a
month (a name, an address or, one in ten, a website, which KVK doesn't signal) and 1 % of
the number of klanten is new each month. Prints for each scenario what was paid for a
klant and year, how long new klanten waited, the busiest day against the mean, and the
oldest value.

The clock is simulated in the process (`timezone.now`) and in PostgreSQL (a function
`statement_timestamp` in a schema that goes before `pg_catalog`).
"""

from __future__ import annotations

import os
import random
import re
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import django
from django.db import connection
from django.utils import timezone

import requests_mock

from tests.benchmarks.nhr_due import own_database, prepare, report

BEGIN = datetime(2027, 1, 1, 0, 5, tzinfo=UTC)
DAYS = 365
CHANGING_A_MONTH = 0.03
NEW_A_MONTH = 0.01
WEBSITE_PART = 0.1
MONTH = 30.4
DAY = timedelta(days=1)
ROOT = "https://kvk.example.nl/api/"
FACADE = "https://facade.example.nl/hr/"

CLOCK = """
    CREATE SCHEMA sim;
    CREATE FUNCTION sim.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
    AS $$ SELECT current_setting('sim.now')::timestamptz $$;
"""


class Clock:
    """The simulated moment, for Python and for PostgreSQL."""

    now = BEGIN

    @classmethod
    def read(cls) -> datetime:
        return cls.now

    @classmethod
    def set(cls, moment: datetime) -> None:
        cls.now = moment
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('sim.now', %s, false)", [moment.isoformat()]
            )


@dataclass
class Scenario:
    """What differs from the defaults that are shipped."""

    name: str
    signals: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    second_source: bool = False
    counters_lost: bool = False


SCENARIOS = [
    Scenario("without signals"),
    Scenario("with signals", signals=True),
    Scenario(
        "every 30 days, with a budget of 0.6 a klant and month",
        settings={"KLANTEN_NHR_INTERVAL_DAYS": 30.0, "KLANTEN_NHR_MONTHLY_BUDGET": 0.6},
    ),
    Scenario("a second source, down for a week", second_source=True),
    Scenario("the broker's counters lost each day", signals=True, counters_lost=True),
]
"""Of 50,000 klanten the budget is 30,000."""


@dataclass
class Year:
    """The register, and what is measured of asking it."""

    klanten: int
    rng: random.Random
    changed: dict[str, datetime] = field(default_factory=dict)
    asked: dict[str, datetime] = field(default_factory=dict)
    signals: list[dict[str, str]] = field(default_factory=list)
    paid: Counter[int] = field(default_factory=Counter)
    waits: list[timedelta] = field(default_factory=list)
    oldest: timedelta = timedelta()
    is_new: dict[str, datetime] = field(default_factory=dict)
    facade_down: bool = False

    def profiel(self, request: Any, context: Any) -> dict[str, Any]:
        nummer = request.path.rsplit("/", 1)[1]
        self.paid[(Clock.now - BEGIN).days] += 1
        if nummer in self.is_new:
            self.waits.append(Clock.now - self.is_new.pop(nummer))
        elif nummer in self.asked:
            self.oldest = max(self.oldest, Clock.now - self.asked[nummer])
        self.asked[nummer] = Clock.now
        version = self.changed.get(nummer, BEGIN).isoformat()
        return {
            "vestigingsnummer": nummer,
            "kvkNummer": nummer[4:],
            "eersteHandelsnaam": f"Bakkerij {nummer} {version}",
            "websites": ["www.example.nl"],
            "adressen": [],
        }

    def facade(self, request: Any, context: Any) -> dict[str, Any]:
        if self.facade_down:
            context.status_code = 500
            return {}
        return {"telefoonnummer": "0301234567", "emailAdres": "info@example.nl"}

    def list_signals(self, request: Any, context: Any) -> dict[str, Any]:
        query = request.qs
        low, high = (query[name][0].upper() for name in ("vanaf", "tot"))
        rows = [row for row in self.signals if low <= row["timestamp"] <= high]
        return {"totaalPaginas": 1, "signalen": rows}

    def one_signal(self, request: Any, context: Any) -> dict[str, Any]:
        nummer = request.path.rsplit("/", 1)[1].split("-")[0]
        part = {
            "vestigingsnummer": nummer,
            "isHoofdvestiging": False,
            "gewijzigdeGegevens": {"naamgeving": True},
        }
        kind = "SignaalGewijzigdeVestiging"
        return {"signaal": {"signaalType": kind, "heeftGewijzigdeVestiging": part}}

    def change_some(self, numbers: list[str], expected: float) -> None:
        """So many change in this step, in the mean."""
        count = int(expected) + (self.rng.random() < expected % 1)
        for nummer in self.rng.choices(numbers, k=count):
            self.changed[nummer] = Clock.now
            if self.rng.random() < WEBSITE_PART:
                continue
            stamp = Clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")
            row = {
                "id": f"{nummer}-{len(self.signals)}",
                "timestamp": stamp,
                "kvknummer": nummer[4:],
                "signaalType": "SignaalGewijzigdeVestiging",
                "vestigingsnummer": nummer,
            }
            self.signals = [*self.signals[-500:], row]


def create(nummer: str, **context: Any) -> None:
    """A klant, as a consumer creates it."""
    from klanten_plugin.domain.klanten.changes import ChangeContext
    from klanten_plugin.domain.klanten.write import create_klant

    values = {
        "bronorganisatie": "123456782",
        "klantnummer": nummer[-8:],
        "subject_type": "vestiging",
        "subject_identificatie": {"vestigings_nummer": nummer},
    }
    create_klant(values, ChangeContext(**context))


def configure(scenario: Scenario) -> None:
    """KVK, and what the scenario adds."""
    from zgw_consumers.models import Service

    from klanten_plugin.models import KlantenConfig, NhrBron

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


def fill(year: Year) -> list[str]:
    """Klanten that are there for long: asked for at any moment of the last interval."""
    from klanten_plugin.domain.nhr.timing import interval_days
    from klanten_plugin.models import NhrState, OutboxRow

    numbers = [f"{n:012}" for n in range(1, year.klanten + 1)]
    for nummer in numbers:
        create(nummer, silent=True, in_bulk=True)
    OutboxRow.objects.all().delete()
    days = interval_days()
    states = list(NhrState.objects.all())
    for state in states:
        age = DAY * days * year.rng.random()
        state.checked_at, state.turn = BEGIN - age, 2
        state.kvk_nummer = state.nummer[4:]
        state.due_at = state.checked_at + DAY * days
        year.asked[state.nummer] = state.checked_at
    NhrState.objects.bulk_update(
        states, ["checked_at", "turn", "kvk_nummer", "due_at"], batch_size=1000
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE klanten_plugin_nhrstand")
    return numbers


def work() -> None:
    """What the workers do at this moment."""
    from klanten_plugin.constants import OutboxKind
    from klanten_plugin.sync.handlers import HANDLERS
    from klanten_plugin.sync.outbox.run import work_off

    for kind in (
        OutboxKind.NHR_SIGNALEN,
        OutboxKind.NHR_OVERNAME,
        OutboxKind.NHR_VERVERSING,
    ):
        work_off(kind, HANDLERS[kind])


def run(scenario: Scenario, klanten: int, hours: int) -> str:
    """Live through the year; returns a row of the table."""
    from klanten_plugin.sync.nhr.due import queue_due
    from klanten_plugin.sync.nhr.signals import queue_poll

    year = Year(klanten, random.Random(1))  # noqa: S311 - no secret
    Clock.set(BEGIN)
    configure(scenario)
    numbers = fill(year)
    step = timedelta(hours=hours)
    part = step / DAY / MONTH
    with requests_mock.Mocker() as wire:
        wire.get(re.compile(f"{ROOT}v1/vestigingsprofielen/"), json=year.profiel)
        wire.get(re.compile(f"{ROOT}v2/zoeken"), json={"totaal": 0}, status_code=200)
        wire.get(re.compile(f"{ROOT}v1/abonnementen/a$"), json=year.list_signals)
        wire.get(re.compile(f"{ROOT}v1/abonnementen/a[?]"), json=year.list_signals)
        wire.get(re.compile(f"{ROOT}v1/abonnementen/a/signalen/"), json=year.one_signal)
        wire.get(re.compile(f"{FACADE}vestigingen/"), json=year.facade)
        moment = BEGIN
        while moment < BEGIN + DAYS * DAY:
            Clock.set(moment)
            year.facade_down = BEGIN + 100 * DAY < moment < BEGIN + 107 * DAY
            if scenario.counters_lost and moment.hour < hours:
                forget_counters()
            year.change_some(numbers, len(numbers) * CHANGING_A_MONTH * part)
            queue_poll()
            queue_due()
            work()
            expected = year.klanten * NEW_A_MONTH * part
            for _ in range(int(expected) + (year.rng.random() < expected % 1)):
                nummer = f"{len(numbers) + 1:012}"
                numbers.append(nummer)
                year.is_new[nummer] = Clock.now
                create(nummer, silent=True)
                # a message to the workers follows the commit
                Clock.set(Clock.now + timedelta(seconds=5))
                work()
            moment += step
    return result(scenario, year, len(numbers))


def forget_counters() -> None:
    """Empty the Redis that counts the requests of a second."""
    from limits.storage import storage_from_string

    from klanten_plugin.conf import limiter_url

    storage_from_string(limiter_url()).reset()


def result(scenario: Scenario, year: Year, klanten: int) -> str:
    """A row of the table in docs/nhr.md."""
    total = year.paid.total()
    mean = total / DAYS
    longest = max(year.waits, default=timedelta())
    return (
        f"| {scenario.name} | {total / klanten:.2f} | {longest.total_seconds():.0f} s"
        f" of {len(year.waits)}, {len(year.is_new)} not asked"
        f" | {max(year.paid.values()) / mean:.2f} | {year.oldest / DAY:.0f} days |"
    )


def main() -> None:
    """Run the scenarios, each in a database of its own."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--klanten", type=int, default=50_000)
    parser.add_argument("--hours", type=int, default=1, help="between two looks")
    parser.add_argument("--only", type=int, nargs="*", help="numbers of scenarios")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testapp.settings")
    django.setup()
    from django.conf import settings

    report("| | paid a klant | new klanten waited | busiest day / mean | oldest |")
    for number, scenario in enumerate(SCENARIOS):
        if options.only and number not in options.only:
            continue
        for name, value in scenario.settings.items():
            is_part = name.endswith("BUDGET")
            setattr(settings, name, int(value * options.klanten) if is_part else value)
        settings.KLANTEN_NHR_REQUESTS_PER_SECOND = 10**6
        started = time.monotonic()
        with own_database():
            prepare()
            with connection.cursor() as cursor:
                cursor.execute(CLOCK)
                cursor.execute("SET search_path = sim, public, pg_catalog")
                cursor.execute("SET synchronous_commit = off")
            with mock.patch.object(timezone, "now", Clock.read):
                report(run(scenario, options.klanten, options.hours))
        for name in scenario.settings:
            delattr(settings, name)
        print(f"({time.monotonic() - started:.0f} s)", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main()
