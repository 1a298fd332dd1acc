"""The selection of tests, and of rows of parametrized tests."""

from __future__ import annotations

import pytest

from tests.selection import (
    ONCE,
    SAMPLED,
    SLOW,
    TESTS,
    WHOLE,
    spread,
    thin_out,
)


@pytest.mark.parametrize("path", [*SLOW, *ONCE, *SAMPLED, *WHOLE])
def test_what_a_part_names_is_there(path: str) -> None:
    assert (TESTS / path).exists()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(1, "a"), (2, "ae"), (3, "ace"), (5, "abcde"), (9, "abcde")],
)
def test_rows_are_spread_over_the_table(rows: int, expected: str) -> None:
    assert "".join(spread(list("abcde"), rows)) == expected


def test_each_group_is_thinned_out_by_itself() -> None:
    """Items without a group are kept, and the order is preserved."""
    items = ["a1", "b1", "a2", "-", "a3", "b2", "a4", "-"]

    kept = thin_out(items, 2, lambda item: item[0].strip("-"))

    assert kept == ["a1", "b1", "-", "b2", "a4", "-"]
