"""Give a klant its klantnummer (kla-001).

Random numbers, so that a klantnummer doesn't tell how many klanten there are, and so
that the cost doesn't grow with that number: one is tried, and if it was taken, a handful
of candidates is looked up in the index of the uniqueness constraint, which stays the only
judge. Only when a range is
nearly full, and all candidates are taken again and again, is the first gap looked for.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from django.db import connection

from ...conf import settings
from ...exceptions import NumbersExhausted

DIGITS = 8
CANDIDATES = 16
"""Numbers looked up at a time. With half the range in use, one round in 65,536 fails."""
ROUNDS = 4

_random = random.SystemRandom()


def free_klantnummers(bronorganisatie: str) -> Iterator[str]:
    """Numbers that are likely to be free: try one after the other.

    The caller inserts with one; whether it was still free is for the database to say.
    Raises :class:`NumbersExhausted` when the range holds none any more.
    """
    first, last = settings.KLANTNUMMER_RANGE
    # nearly always free: looking it up would be a statement of each creation
    yield _as_klantnummer(_random.randint(first, last))
    for _round in range(ROUNDS):
        yield from _free_candidates(bronorganisatie, first, last)
    while (gap := _first_gap(bronorganisatie, first, last)) is not None:
        yield gap
    raise NumbersExhausted(bronorganisatie)


def _as_klantnummer(number: int) -> str:
    return f"{number:0{DIGITS}d}"


def _free_candidates(bronorganisatie: str, first: int, last: int) -> list[str]:
    candidates = [
        _as_klantnummer(_random.randint(first, last)) for _ in range(CANDIDATES)
    ]
    with connection.cursor() as cursor:
        cursor.execute(TAKEN, [bronorganisatie, candidates])
        taken = {klantnummer for (klantnummer,) in cursor.fetchall()}
    return [number for number in candidates if number not in taken]


TAKEN = """
    SELECT klantnummer FROM klanten_plugin_klant
    WHERE bronorganisatie = %s AND klantnummer = ANY(%s)
"""


def _first_gap(bronorganisatie: str, first: int, last: int) -> str | None:
    """A free number after a random one, else the lowest; ``None`` if there is none.

    Asks the index number by number until the first gap: dear only when nearly full.
    """
    start = _random.randint(first, last)
    with connection.cursor() as cursor:
        for bounds in ((start, last), (first, start)):
            cursor.execute(FIRST_GAP, [*bounds, bronorganisatie, DIGITS])
            if row := cursor.fetchone():
                return _as_klantnummer(row[0])
    return None


# in the list of columns, where it makes its rows one by one; in FROM it makes all
FIRST_GAP = """
    SELECT number
    FROM (SELECT generate_series(%s, %s) AS number) AS numbers
    WHERE NOT EXISTS (
        SELECT 1
        FROM klanten_plugin_klant
        WHERE bronorganisatie = %s
          AND klantnummer = lpad(number::text, %s, '0')
    )
    LIMIT 1
"""
