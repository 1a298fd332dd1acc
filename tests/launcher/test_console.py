"""Every line of a part says which part it comes from."""

from __future__ import annotations

import io

import pytest

from testapp.launcher.console import Console, prefixed


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
    assert prefixed(part, line) == expected


def test_a_step_is_announced_and_timed() -> None:
    stream = io.StringIO()

    with Console(stream).step("migrating"):
        assert stream.getvalue() == "==> migrating ...\n"

    assert stream.getvalue().splitlines()[1].startswith("    done in ")
