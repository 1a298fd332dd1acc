"""Cost of generating a klantnummer by number of klanten of a bronorganisatie (kla-001).

python -m tests.benchmarks.klantnummers [klanten ...]

Needs DATABASE_URL and SECRET_KEY. Creates scratch databases on that server, one for
each number of klanten (1,000 and 1,000,000), and drops them. Alternates between them,
so that other load on the machine is spread over both.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import django
from django.db import connection, transaction

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testapp.settings")
django.setup()

from klanten_plugin.domain.klanten.klantnummers import free_klantnummers  # noqa: E402
from klanten_plugin.domain.klanten.write import create_klant  # noqa: E402

BRONORGANISATIE = "123456782"
SIZES = (1_000, 1_000_000)
TURNS = 40
TIMES = 25
"""Measurements per turn, after a few for warming up."""
WARM_UP = 5

Measured = dict[int, list[float]]


def give_a_number() -> None:
    next(free_klantnummers(BRONORGANISATIE))


def create() -> None:
    """Create a klant with its related rows, and roll back."""
    with transaction.atomic():
        create_klant(
            {
                "bronorganisatie": BRONORGANISATIE,
                "website_url": "https://example.nl/",
                "subject_type": "natuurlijk_persoon",
                "subject_identificatie": {"inp_bsn": "900222086"},
            }
        )
        transaction.set_rollback(True)


MEASURED: dict[str, Callable[[], None]] = {
    "a number": give_a_number,
    "a klant": create,
}

# numbers spread over the whole range, like generated ones
FILL = """
    INSERT INTO klanten_plugin_klant (
        uuid, bronorganisatie, klantnummer, website_url, bedrijfsnaam, functie,
        voornaam, voorvoegsel_achternaam, achternaam, telefoonnummer, emailadres,
        subject, subject_type, etag
    )
    SELECT
        gen_random_uuid(), %s, 10000000 + (i::bigint * 48271013) %% 90000000,
        'https://example.nl/', '', '', 'V' || i, '', 'A' || i, i, i || '@example.nl',
        '', '', ''
    FROM generate_series(1, %s) AS i
"""


@contextmanager
def scratch_databases(sizes: tuple[int, ...]) -> Iterator[None]:
    """Create a database with each number of klanten in ``sizes``; see :func:`use`."""
    connection.settings_dict["TEST"]["NAME"] = f"klanten_benchmark_{os.getpid()}"
    original = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    empty = connection.settings_dict["NAME"]
    try:
        for size in sizes:
            connection.close()
            connection.creation.clone_test_db(str(size), verbosity=0)
            with use(empty, size), connection.cursor() as cursor:
                cursor.execute(FILL, [BRONORGANISATIE, size])
                cursor.execute("VACUUM ANALYZE")
        yield
    finally:
        connection.close()
        for size in sizes:
            connection.creation.destroy_test_db(empty, verbosity=0, suffix=str(size))
            connection.settings_dict["NAME"] = empty
        connection.creation.destroy_test_db(original, verbosity=0)


@contextmanager
def use(empty: str, size: int) -> Iterator[None]:
    """Connect to the scratch database of this size."""
    connection.close()
    connection.settings_dict["NAME"] = f"{empty}_{size}"
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = empty


def milliseconds(what: Callable[[], None]) -> float:
    start = time.perf_counter()
    what()
    return (time.perf_counter() - start) * 1000


def measure(sizes: tuple[int, ...]) -> dict[str, Measured]:
    """Return milliseconds of every measurement, by operation and size."""
    empty = connection.settings_dict["NAME"]
    measured: dict[str, Measured] = {
        name: {size: [] for size in sizes} for name in MEASURED
    }
    for turn in range(TURNS):
        for size in sizes if turn % 2 else reversed(sizes):
            with use(empty, size):
                for name, what in MEASURED.items():
                    times = [milliseconds(what) for _ in range(WARM_UP + TIMES)]
                    measured[name][size] += times[WARM_UP:]
    return measured


def report(measured: dict[str, Measured]) -> Iterator[str]:
    yield f"{'':10}{'klanten':>12}{'median':>10}{'p10':>10}{'p90':>10}  (ms)"
    for name, by_size in measured.items():
        medians = []
        for size, times in by_size.items():
            tenths = statistics.quantiles(times, n=10)
            medians.append(statistics.median(times))
            spread = "".join(f"{each:10.3f}" for each in (tenths[0], tenths[-1]))
            yield f"{name:10}{size:12,}{medians[-1]:10.3f}{spread}"
        yield f"{name:10}{'ratio':>12}{medians[-1] / medians[0]:10.2f}"


def main(arguments: list[str]) -> None:
    sizes = tuple(int(argument) for argument in arguments) or SIZES
    with scratch_databases(sizes):
        sys.stdout.writelines(f"{line}\n" for line in report(measure(sizes)))


if __name__ == "__main__":
    main(sys.argv[1:])
