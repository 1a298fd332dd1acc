"""Every line of a part is prefixed with its name."""

from __future__ import annotations

import io
import re

import pytest

from testapp.launcher.console import Console


@pytest.mark.parametrize(
    ("part", "line", "expected"),
    [
        ("api", "ready\n", "api      | ready\n"),
        ("postgres", "LOG:  ready\r\n", "postgres | LOG:  ready\n"),
        ("worker", "  indented", "worker   |   indented\n"),
        ("beat", "\n", "beat     |\n"),
    ],
)
def test_prefix(part: str, line: str, expected: str) -> None:
    stream = io.StringIO()

    Console(stream).part(part, line)

    assert stream.getvalue() == expected


def test_a_step_is_announced_and_timed() -> None:
    stream = io.StringIO()

    with Console(stream).step("migrating"):
        assert stream.getvalue() == "==> migrating ..."

    assert re.fullmatch(r"==> migrating \.\.\. [\d.]+ s\n", stream.getvalue())


def test_a_step_that_fails_ends_its_line() -> None:
    stream = io.StringIO()

    with pytest.raises(OSError, match="full"), Console(stream).step("migrating"):
        raise OSError("full")

    assert stream.getvalue() == "==> migrating ...\n"


def test_parts_are_hidden_until_they_are_revealed() -> None:
    stream, hidden = io.StringIO(), io.StringIO()
    console = Console(stream, hidden)

    console.part("api", "starting")
    console.reveal()
    console.part("api", "GET /")

    assert hidden.getvalue() == "api      | starting\n"
    assert stream.getvalue() == "api      | GET /\n"
