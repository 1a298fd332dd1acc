"""Generate klantnummers (kla-001).

Numbers are random, so that they don't reveal the number of klanten, and the cost
doesn't grow with it. One number is tried first. If it is in use, a handful of
candidates is looked up in the index of the uniqueness constraint, which makes the final
decision. Only if the range is nearly full, and all candidates are repeatedly in use,
the first gap is searched.
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
    """Yield numbers that are probably free.

    The caller inserts a klant with each until the uniqueness constraint accepts one.
    Raises :class:`NumbersExhausted` if the range has no free number left.
    """
    first, last = settings.KLANTNUMMER_RANGE
    # nearly always free, and a look-up would add a statement to each creation
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
    """Return the first free number after a random one, else the lowest, or ``None``.

    Probes the index number by number until the first gap, which is only expensive if
    the range is nearly full.
    """
    start = _random.randint(first, last)
    with connection.cursor() as cursor:
        for bounds in ((start, last), (first, start)):
            cursor.execute(FIRST_GAP, [*bounds, bronorganisatie, DIGITS])
            if row := cursor.fetchone():
                return _as_klantnummer(row[0])
    return None


# generate_series in the select list yields rows lazily; in FROM it generates all
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
