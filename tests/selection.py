"""Which part of the tests a run takes, and how many rows of each table of cases.

``--part=quick`` leaves out what is slow, and ``--part=slow`` runs only that, without the
tests that ``tox -e faults`` and ``tox -e hosts`` run. ``--part=versions`` is for other
versions of Python and of the libraries: it leaves out what is the same with all of them,
and takes a sample of each module that calls those libraries through our own layers only.
``--rows=3`` runs at most three rows of each parametrized test: the first, the last and
one in between. Without the options everything runs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
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

HOSTS = tuple(
    f"hosts/test_{name}.py"
    for name in ("hazards", "logs", "mount", "sentry", "uninstall")
)
"""Processes with settings of their own: the environment ``hosts`` runs these."""

ONCE = (
    "admin/test_manual.py",
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

SAMPLED = (
    "clients/nhr",
    "domain",
    "moving",
    "rollen",
    "sync",
)
"""Rules, queries and conversations with other systems: with other versions of the
libraries a few tests of each module show that it imports and works."""

SAMPLE = 5
"""Tests of a module below `SAMPLED` in the part ``versions``."""

PARTS = {
    "all": (None, ()),
    "quick": (None, SLOW),
    "slow": (SLOW, (FAULTS, *HOSTS)),
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
    """Deselect the rows of a table, and the tests of a module, that are too many."""
    kept = items
    if rows := config.getoption("rows"):
        kept = thin_out(kept, rows, lambda item: item.nodeid.partition("[")[0])
    if config.getoption("part") == "versions":
        kept = thin_out(kept, SAMPLE, _module_to_sample)
    names = {id(item) for item in kept}
    config.hook.pytest_deselected(items=[it for it in items if id(it) not in names])
    items[:] = kept


def thin_out(
    items: list[Any], most: int, group: Callable[[Any], str | None]
) -> list[Any]:
    """Return at most so many items of each group, in their order; all without one."""
    groups: dict[str, list[Any]] = defaultdict(list)
    for item in items:
        if name := group(item):
            groups[name].append(item)
    kept = {id(item) for each in groups.values() for item in spread(each, most)}
    return [item for item in items if id(item) in kept or not group(item)]


def _module_to_sample(item: pytest.Item) -> str | None:
    """Return the module of a test of which a sample is enough, else None."""
    if not item.path.is_relative_to(TESTS):
        return None
    path = item.path.relative_to(TESTS).as_posix()
    return path if any(_is_below(path, each) for each in SAMPLED) else None


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
