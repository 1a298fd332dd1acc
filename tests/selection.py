"""Which part of the tests a run takes, and how many rows of each table of cases.

``--part=quick`` leaves out what is slow, ``--part=slow`` runs only that, without the
fault tests of ``tox -e faults``, and ``--part=versions`` leaves out all that is the same
with other versions of Python and of the libraries. ``--rows=3`` runs at most three rows
of each parametrized test: the first, the last and one in between. Without the options
everything runs.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent

FAULTS = "faults"
"""Processes that are killed; an environment of its own, as it mostly waits."""

SLOW = (
    FAULTS,
    "concurrency",
    "hosts",
    "launcher",
    "management/test_broken_hosts.py",
    "management/test_klanten_doctor.py",
    "rollen/test_history.py",
    "rollen/test_live.py",
    "served",
    "sync/nhr/test_overriding.py",
    "test_schemathesis.py",
    "test_state_machine.py",
    "testapp/test_session.py",
)
"""Real processes, many requests, long histories: these run once."""

ONCE = (
    "database/test_replication.py",
    "database/test_restores.py",
    "moving/test_second_host.py",
    "test_architecture.py",
    "test_catalogs.py",
    "test_deployment.py",
    "test_publiccode.py",
    "test_security.py",
    "test_standard.py",
    "testapp",
)
"""Tests of the documentation, of PostgreSQL's own programs and of the demo host."""

PARTS = {
    "all": (None, ()),
    "quick": (None, SLOW),
    "slow": (SLOW, (FAULTS,)),
    "versions": (None, (*SLOW, *ONCE)),
}
"""For each part what is run, ``None`` for everything, and what is left out of it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the two options."""
    group = parser.getgroup("klanten_plugin")
    group.addoption("--part", choices=PARTS, default="all", help="the tests to run")
    group.addoption(
        "--rows", type=int, default=0, help="most rows of a table of cases; 0: all"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out a file or folder that is not of the chosen part."""
    if not collection_path.is_relative_to(TESTS):
        return None
    path = collection_path.relative_to(TESTS).as_posix()
    wanted, left_out = PARTS[config.getoption("part")]
    if any(_is_below(path, each) for each in left_out):
        return True
    if wanted is None or any(
        _is_below(path, each) or _is_below(each, path) for each in wanted
    ):
        # the other reasons to leave it out are pytest's to find
        return None
    return True


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Deselect the rows of a table that are too many."""
    rows = config.getoption("rows")
    if not rows:
        return
    tables: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        tables[item.nodeid.partition("[")[0]].append(item)
    kept = {id(item) for table in tables.values() for item in spread(table, rows)}
    config.hook.pytest_deselected(items=[it for it in items if id(it) not in kept])
    items[:] = [item for item in items if id(item) in kept]


def spread(table: list[Any], rows: int) -> list[Any]:
    """Return at most this many rows, from the first to the last at equal distances."""
    if len(table) <= rows:
        return table
    if rows == 1:
        return table[:1]
    last = len(table) - 1
    return [table[number * last // (rows - 1)] for number in range(rows)]


def _is_below(path: str, folder: str) -> bool:
    return folder in (path, ".") or path.startswith(f"{folder}/")
