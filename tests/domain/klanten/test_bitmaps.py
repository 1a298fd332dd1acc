"""Bitmaps agree with the tables, whatever changed since they were built."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

import pytest

from klanten_plugin.domain.klanten import pages as pages_of_klanten, shared_values
from klanten_plugin.domain.klanten.bitmaps import MANY, catch_up, rebuild
from klanten_plugin.domain.klanten.shared_values import MOST_CHANGES, find_by_bitmaps
from klanten_plugin.models import ChangedKlant, Klant, SharedValue
from klanten_plugin.tasks import clean, index_klanten
from tests.api.test_pagination import link
from tests.api_client import URL, ApiClient
from tests.pages import find_klanten

SIZE = 100
KLANTEN = 24_000

INSERT = """
    WITH klant AS (
        INSERT INTO klanten_plugin_klant (
            uuid, bronorganisatie, klantnummer, bedrijfsnaam, functie, website_url,
            voornaam, voorvoegsel_achternaam, achternaam, telefoonnummer, emailadres,
            subject, subject_type, etag
        )
        SELECT gen_random_uuid(), '123456782', n, '',
            CASE WHEN n % 3 = 0 THEN 'Kok' ELSE '' END, 'https://example.nl/', '', '',
            CASE WHEN n % 4 = 0 THEN 'Boom' ELSE n::text END, '', '', '',
            'vestiging', ''
        FROM generate_series({first}, {last}) AS n RETURNING id, klantnummer::int AS n
    )
    INSERT INTO klanten_plugin_klantadres (
        klant_id, straatnaam, huisletter, huisnummertoevoeging, postcode,
        woonplaatsnaam, landcode
    )
    SELECT id, '', '', '', '', 'Plaats ' || n % 4, '6030' FROM klant WHERE n % 20 > 0
"""


def inserting(first: int, last: int) -> str:
    return INSERT.format(first=first, last=last)


SHARED = {
    "bronorganisatie": "123456782",
    "functie": "Kok",
    "achternaam": "Boom",
    "subject_type": "vestiging",
    "adres__woonplaatsnaam": "Plaats 2",
    "adres__landcode": "6030",
}
COMBINATIONS = [
    {name: SHARED[name] for name in names}
    for number in (0, 1, 4)
    for names in combinations(SHARED, number)
]

CHANGES = {
    "nothing": "SELECT 1",
    "other values": "UPDATE klanten_plugin_klant SET functie = 'Kok', achternaam = 'X'"
    " WHERE mod(klantnummer::int, 61) = 0",
    "another address": "UPDATE klanten_plugin_klantadres SET woonplaatsnaam = 'Plaats 2'"
    " WHERE mod(klant_id, 53) = 0",
    "no address": "DELETE FROM klanten_plugin_klantadres WHERE mod(klant_id, 47) = 0",
    "klanten that are gone": "DELETE FROM klanten_plugin_klantadres WHERE klant_id <"
    " (SELECT min(id) + 900 FROM klanten_plugin_klant); DELETE FROM"
    " klanten_plugin_klant WHERE id < (SELECT min(id) + 900 FROM klanten_plugin_klant)",
    "new klanten": inserting(KLANTEN + 1, KLANTEN + 700),
}


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def klanten(transactional_db: None) -> Iterator[None]:
    """Enough klanten for some of their values to get bitmaps."""
    execute(inserting(1, KLANTEN))
    execute("ANALYZE klanten_plugin_klant, klanten_plugin_klantadres")
    assert catch_up() == KLANTEN
    _forget_hints()
    yield
    _forget_hints()


def _forget_hints() -> None:
    shared_values._SHARED.clear()
    pages_of_klanten._COUNTS.clear()


def pages(lookups: dict[str, str], pks: list[int]) -> Iterator[tuple[int | None, Any]]:
    """The start of each page, and its expected rows."""
    last = max(len(pks) - 1, 0) // SIZE * SIZE
    for start in {0, len(pks) // 2, last + SIZE}:
        yield start, (len(pks), pks[start : start + SIZE])
    yield None, (len(pks), pks[last:])


def assert_right(message: str) -> None:
    for lookups in COMBINATIONS:
        matching = Klant.objects.filter(**lookups).order_by("pk")
        pks = list(matching.values_list("pk", flat=True))
        for start, expected in pages(lookups, pks):
            found = find_by_bitmaps(lookups, start, SIZE)
            assert found == expected, (message, lookups, start)


def test_every_combination_is_exact(klanten: None) -> None:
    shared = set(SharedValue.objects.values_list("lookup", "value"))
    assert {("", ""), *SHARED.items()} <= shared

    for change, statement in CHANGES.items():
        execute(statement)
        assert_right(change)
        catch_up()
        assert not ChangedKlant.objects.exists()
        assert_right(f"{change}, caught up")
    rebuild()
    assert_right("made anew")

    execute("UPDATE klanten_plugin_klant SET achternaam = klantnummer")
    # too many to check individually
    assert ChangedKlant.objects.count() > MOST_CHANGES
    assert find_by_bitmaps(SHARED, 0, SIZE) is None
    assert find_klanten(SHARED, 0, SIZE).count == 0
    execute("ANALYZE klanten_plugin_klant")
    index_klanten()
    assert not SharedValue.objects.filter(lookup="achternaam").exists()
    assert find_by_bitmaps({"achternaam": "Boom"}, 0, SIZE) is None

    execute("TRUNCATE klanten_plugin_klant CASCADE")
    assert find_by_bitmaps({}, 0, SIZE) is None
    assert find_klanten(SHARED, 0, SIZE).count == 0


def test_no_more_changes_are_read_than_are_used(klanten: None) -> None:
    """Bitmaps aren't refreshed, and one klant changes all the time."""
    first = Klant.objects.order_by("pk").values_list("pk", flat=True)[0]
    ChangedKlant.objects.bulk_create(
        ChangedKlant(klant_id=first) for _number in range(MOST_CHANGES)
    )
    expected = find_by_bitmaps(SHARED, 0, SIZE)
    assert expected is not None
    ChangedKlant.objects.create(klant_id=first)
    assert find_by_bitmaps(SHARED, 0, SIZE) is None
    found = find_klanten(SHARED, 0, SIZE)
    assert (found.count, list(found.pks)) == expected
    clean()
    assert not ChangedKlant.objects.exists()
    assert find_by_bitmaps(SHARED, 0, SIZE) == expected


def test_they_are_used_for_pages_of_the_api(klanten: None, api: ApiClient) -> None:
    query = "bronorganisatie=123456782&subjectType=vestiging&adres__landcode=6030"
    first = api.get(f"{URL}?{query}").json()
    assert first["count"] == KLANTEN - KLANTEN // 20
    assert shared_values._SHARED
    assert api.get(f"{URL}?{query}&page=last").json()["count"] == first["count"]

    second = api.get(link(first["next"])[0] + f"?{query}&page=2").json()
    assert second["previous"]
    assert (
        len({klant["url"] for klant in (*first["results"], *second["results"])}) == 200
    )
    deep = api.get(f"{URL}?page=120").json()
    assert deep["count"] == KLANTEN
    assert [klant["klantnummer"] for klant in deep["results"]][:1] == ["11901"]


def test_the_first_and_last_pages_are_read_without_bitmaps(
    klanten: None, api: ApiClient
) -> None:
    """Their cost doesn't depend on the number of klanten; that of bitmaps does."""

    def reads_bitmaps(page: int) -> bool:
        with CaptureQueriesContext(connection) as captured:
            answer = api.get(f"{URL}?page={page}").json()
        assert answer["count"] == KLANTEN
        assert answer["results"][0]["klantnummer"] == str((page - 1) * SIZE + 1)
        return any("klantbitmap" in each["sql"] for each in captured.captured_queries)

    assert reads_bitmaps(120)
    # the count of all klanten is known by now, and not replaced by another
    assert api.get(f"{URL}?klantnummer=none").json()["count"] == 0
    assert reads_bitmaps(120)
    assert not reads_bitmaps(KLANTEN // SIZE)
    assert not reads_bitmaps(2)


@pytest.mark.parametrize("before_end", [2, 1, 0])
def test_a_page_that_is_no_longer_near_the_end(
    klanten: None, api: ApiClient, before_end: int
) -> None:
    """A process knows the count of its last request; others add klanten meanwhile."""
    assert api.get(URL).json()["count"] == KLANTEN
    added = pages_of_klanten.DEEP - SIZE // 2
    assert added > MOST_CHANGES  # too many for bitmaps
    execute(inserting(KLANTEN + 1, KLANTEN + added))
    page = KLANTEN // SIZE - before_end

    answer = api.get(f"{URL}?page={page}").json()

    first = (page - 1) * SIZE + 1
    assert answer["count"] == KLANTEN + added
    numbers = [int(each["klantnummer"]) for each in answer["results"]]
    assert numbers == list(range(first, first + SIZE))


@pytest.mark.parametrize("page", ["1", "last", str(KLANTEN // SIZE)])
def test_the_estimated_cost_of_pages_at_the_ends_is_constant(
    klanten: None, api: ApiClient, page: str
) -> None:
    """Or with very many klanten it exceeds the threshold of JIT compilation."""

    def cost() -> float:
        api.get(URL)  # the process now knows the number of klanten
        with CaptureQueriesContext(connection) as captured:
            api.get(f"{URL}?page={page}")
        (sql,) = [q["sql"] for q in captured.captured_queries if "count" in q["sql"]]
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
            ((plan,),) = cursor.fetchall()
        total: float = plan[0]["Plan"]["Total Cost"]
        return total

    before = cost()
    execute(inserting(KLANTEN + 1, KLANTEN + 9000))
    execute("ANALYZE klanten_plugin_klant, klanten_plugin_klantadres")

    assert cost() < before * 1.1


def test_few_klanten_have_no_bitmaps(db: None) -> None:
    execute(inserting(1, 100))
    execute("ANALYZE klanten_plugin_klant, klanten_plugin_klantadres")
    assert catch_up() == 100
    assert not SharedValue.objects.exists()
    assert MANY > 100


def test_a_change_that_is_under_way_counts_once_it_is_committed(
    klanten: None, other: Any
) -> None:
    before = find_by_bitmaps({"functie": "Kok"}, 0, 0)
    assert before == (KLANTEN // 3, [])

    other.execute("BEGIN")
    other.execute(
        "UPDATE klanten_plugin_klant SET functie = 'X' WHERE klantnummer = '3'"
    )
    # it can't wait for the other transaction, and must not assume that it is committed
    catch_up()
    assert find_by_bitmaps({"functie": "Kok"}, 0, 0) == before
    other.execute("COMMIT")

    assert find_by_bitmaps({"functie": "Kok"}, 0, 0) == (KLANTEN // 3 - 1, [])
    catch_up()
    assert find_by_bitmaps({"functie": "Kok"}, 0, 0) == (KLANTEN // 3 - 1, [])


def test_a_mass_change_leaves_no_large_table(transactional_db: None) -> None:
    """Every page reads the list of changes, with its empty blocks."""
    table = "klanten_plugin_changedklant"

    def size() -> int:
        execute(f"VACUUM {table}")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_relation_size(%s)", [table])
            (number,) = cursor.fetchone()
        return int(number)

    execute(f"INSERT INTO {table} (klant_id) SELECT generate_series(1, 50000)")
    execute(f"DELETE FROM {table} WHERE klant_id <= 49900")  # noqa: S608
    large = size()  # the last rows are in the last block
    execute(f"DELETE FROM {table}")  # noqa: S608
    execute(f"INSERT INTO {table} (klant_id) SELECT generate_series(1, 100)")

    assert size() < large / 10
