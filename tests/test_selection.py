"""The parts of the tests, and the rows that a run takes of a table of cases."""

from __future__ import annotations

import pytest

from tests.selection import ONCE, SLOW, TESTS, spread


@pytest.mark.parametrize("path", [*SLOW, *ONCE])
def test_what_a_part_names_is_there(path: str) -> None:
    assert (TESTS / path).exists()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(1, "a"), (2, "ae"), (3, "ace"), (5, "abcde"), (9, "abcde")],
)
def test_rows_are_spread_over_the_table(rows: int, expected: str) -> None:
    assert "".join(spread(list("abcde"), rows)) == expected
