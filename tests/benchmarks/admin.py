"""Database time of the admin pages: `python -m tests.benchmarks.admin`

Reports milliseconds of database processor time, including parallel workers, for each
search, list and status page, with 1,000,000 klanten (or the given number) whose data
was aged. Also reports what the search indexes add to a POST: with them compared to
without.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from statistics import median

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testapp.settings")
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from klanten_plugin.models.triggers import INDEXES, creating_index  # noqa: E402
from tests.api_client import KLANTEN, make_application  # noqa: E402
from tests.benchmarks import cpu  # noqa: E402
from tests.benchmarks.databases import filled_database  # noqa: E402
from tests.bodies import full_body  # noqa: E402

GOAL = 100.0
TURNS = 3
LIST = "/admin/klanten_plugin/klant/"
NHR = "/admin/klanten_plugin/nhrstate/"

TERMS = (
    "Achternaam4242",
    "van der Jansen",
    "Jansen, Voornaam7",
    "Jansen",
    "Voornaam2500",
    "voornaam",
    "1850BC",
    "1850BC 12",
    "9999ZZ 12",
    "achternaam1 1850BC",
    "Dorpsstraat 12",
    "Straat 4000",
    "Oudegracht 12",
    "12-03-1980",
    "jansen 12-03-1980",
    "Bakkerij De Bakker",
    "veel@example.nl",
    "0202222222",
    "00500007",
    "999999011",
)
"""Search terms of administrators. Several of them match very many klanten."""

PAGES = (
    LIST,
    f"{LIST}?subject_type__exact=vestiging&nhr=actueel",
    f"{LIST}?subject_type__exact=natuurlijk_persoon&nhr=actueel",
    f"{LIST}?subject_type__exact=niet_natuurlijk_persoon&nhr=actueel",
    f"{NHR}?q=12345678",
    f"{NHR}?outcome__exact=fout",
    f"{NHR}?outcome__exact=actueel&soort__exact=vestiging",
    "/admin/klanten_plugin/statuspage/",
)

STATES = """
    INSERT INTO klanten_plugin_nhrstand (klant_id, soort, nummer, kvk_nummer, herkomst,
        opmerkingen, uitkomst, answers, gone, turn, due_at, checked_at)
    SELECT klant_id, 'vestiging', vestigings_nummer, lpad((klant_id % 90000000)::text, 8,
        '1'), '{}', '[]', CASE WHEN klant_id % 100 = 1 THEN 'fout' ELSE 'actueel' END,
        '{}', false, 1, now() + interval '1 month', now()
    FROM klanten_plugin_vestiging
    ON CONFLICT DO NOTHING
"""
AGED = "UPDATE klanten_plugin_klant SET functie = 'Ouder' WHERE id % 25 = 3"


POSTS = 200


def milliseconds(request: Callable[[], object], turns: int = TURNS) -> float:
    """Return the median processor time of the database for a request."""
    taken = []
    for turn in range(turns + 1):
        before = _backend_time()
        request()
        if turn:
            taken.append((_backend_time() - before) / 1e6)
    return median(taken)


def _backend_time() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return cpu.nanoseconds([pid])


def prepare() -> None:
    """Add each vestiging to the NHR list, and change 4 % of the klanten."""
    with connection.cursor() as cursor:
        # so that the work of parallel workers is measured, as part of the one process
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute(STATES)
        cursor.execute("ANALYZE klanten_plugin_nhrstand")
        cursor.execute(AGED)


def administrator() -> Client:
    """A client of a superuser."""
    users = get_user_model().objects
    user, _new = users.get_or_create(
        username="bench", is_staff=True, is_superuser=True, is_active=True
    )
    client = Client()
    client.force_login(user)
    return client


def measure_pages() -> None:
    """Print the cost of each page, and whether it exceeds the limit."""
    client = administrator()
    for term in TERMS:
        found = client.post(f"{LIST}zoeken/", {"term": term})
        page = f"{LIST}{found.url.removeprefix('../')}"
        _report(f"search {term}", client, page)
    for page in PAGES:
        _report(page, client, page)


def _report(name: str, client: Client, page: str) -> None:
    answer = client.get(page)
    assert answer.status_code == 200, page
    changelist = (answer.context or {}).get("cl")
    count = f"{changelist.result_count:6} rows" if changelist else " " * 11
    cost = milliseconds(lambda: client.get(page))
    missed = "MISSED" if cost > GOAL else ""
    _write(f"{name:64}{count}{cost:10.1f} ms  {missed}")


def measure_posts() -> None:
    """Print what the search indexes add to a POST: the ratio of with to without."""
    api = make_application("bench-admin", *KLANTEN)
    body = full_body("natuurlijk_persoon")
    del body["klantnummer"]

    searched = [name for name in INDEXES if name.startswith("klanten_zoek_")]
    costs = [milliseconds(lambda: api.create(**body), POSTS)]
    with connection.cursor() as cursor:
        for name in searched:
            cursor.execute(f"DROP INDEX {name}")
    costs.append(milliseconds(lambda: api.create(**body), POSTS))
    with connection.cursor() as cursor:
        for name in searched:
            cursor.execute(creating_index(name))
    ratio = costs[0] / costs[1]
    _write(f"POST with {costs[0]:.2f} ms, without {costs[1]:.2f} ms: {ratio:.2f}")


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("size", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--keep", action="store_true", help="keep the database")
    options = parser.parse_args()
    with filled_database(options.size, keep=options.keep):
        prepare()
        measure_pages()
        measure_posts()


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
