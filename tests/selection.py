"""Options that select a part of the tests, and limit the rows of parametrized tests.

``--part=quick`` omits slow tests. ``--part=slow`` runs only those, except the tests
that ``tox -e faults`` and ``tox -e hosts`` run. ``--part=versions`` is for other
versions of libraries: it omits tests that don't depend on them, and runs a sample of
each module that uses those libraries only through our own layers. ``--part=hosts`` is for
another Python or host with libraries that another environment tests: a sample of each
module but those in which it can matter. Both omit single tests marked with ``once``.

``--rows=3`` runs at most three rows of each parametrized test: the first, the last and
one in between. Without the options all tests run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent

ELSEWHERE = ("faults", "hosts")
"""Tests that kill processes, and tests in a host with other settings.

They have environments of their own.
"""

SLOW = (
    *ELSEWHERE,
    "concurrency",
    "launcher",
    "management/test_broken_hosts.py",
    "management/test_klanten_doctor.py",
    "rollen/test_history.py",
    "rollen/test_live.py",
    "rollen/test_locks.py",
    "served",
    "sync/nhr/test_overriding.py",
    "test_schemathesis.py",
    "test_state_machine.py",
    "testapp/test_session.py",
)
"""Real processes, many requests, long histories. These run once."""

ONCE = (
    "admin/test_manual.py",
    "database/test_replication.py",
    "database/test_restores.py",
    "domain/klanten/test_bitmaps.py",
    "moving/test_second_host.py",
    "package",
    "sync/nhr/test_year.py",
    "test_architecture.py",
    "test_catalogs.py",
    "test_deployment.py",
    "test_publiccode.py",
    "test_security.py",
    "test_selection.py",
    "test_standard.py",
    "testapp",
)
"""Tests of the documentation, of PostgreSQL's programs and plans, of whole years, of the
demo host and of the tests themselves."""

SAMPLED = (
    "clients/nhr",
    "domain",
    "moving",
    "rollen",
    "sync",
)
"""Rules, queries and communication with other systems.

With other versions of the libraries, a few tests of each module show that it can be
imported and works.
"""

WHOLE = ("api", "database", "test_registries.py", "test_tasks.py")
"""The API, migrations and tasks: never sampled in the part ``hosts``."""

SAMPLE = {"versions": 5, "hosts": 3}
"""Number of tests of a sampled module, by part."""

PARTS = {
    "all": (None, ()),
    "quick": (None, SLOW),
    "slow": (SLOW, ELSEWHERE),
    "versions": (None, (*SLOW, *ONCE)),
    "hosts": (None, (*SLOW, *ONCE)),
}
"""Folders of each part, or ``None`` for all, and omitted folders."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the two options."""
    group = parser.getgroup("klanten_plugin")
    group.addoption("--part", choices=PARTS, default="all", help="the tests to run")
    group.addoption(
        "--rows", type=int, default=0, help="most rows of a table of cases; 0: all"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Ignore a file or folder that isn't in the selected part."""
    if not collection_path.is_relative_to(TESTS):
        return None
    path = collection_path.relative_to(TESTS).as_posix()
    wanted, left_out = PARTS[config.getoption("part")]
    if any(_is_below(path, each) for each in left_out):
        return True
    if wanted is None or any(
        _is_below(path, each) or _is_below(each, path) for each in wanted
    ):
        # pytest checks other reasons to ignore it
        return None
    return True


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Deselect surplus rows of a parametrized test, and surplus tests of a module."""
    kept = items
    part = config.getoption("part")
    is_sampled = _SAMPLES.get(part)
    if is_sampled:
        kept = [item for item in kept if not item.get_closest_marker("once")]
    if rows := config.getoption("rows"):
        kept = thin_out(kept, rows, lambda item: item.nodeid.partition("[")[0])
    if is_sampled:
        kept = thin_out(kept, SAMPLE[part], lambda item: _module(item, is_sampled))
    names = {id(item) for item in kept}
    config.hook.pytest_deselected(items=[it for it in items if id(it) not in names])
    items[:] = kept


def thin_out(
    items: list[Any], most: int, group: Callable[[Any], str | None]
) -> list[Any]:
    """Return at most this many items per group, in order. All items without a group."""
    groups: dict[str, list[Any]] = defaultdict(list)
    for item in items:
        if name := group(item):
            groups[name].append(item)
    kept = {id(item) for each in groups.values() for item in spread(each, most)}
    return [item for item in items if id(item) in kept or not group(item)]


def _module(item: pytest.Item, is_sampled: Callable[[str], bool]) -> str | None:
    """Return the module of a test if a sample of it is enough, else None."""
    if not item.path.is_relative_to(TESTS):
        return None
    path = item.path.relative_to(TESTS).as_posix()
    return path if is_sampled(path) else None


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


_SAMPLES: dict[str, Callable[[str], bool]] = {
    "versions": lambda path: any(_is_below(path, each) for each in SAMPLED),
    "hosts": lambda path: not any(_is_below(path, each) for each in WHOLE),
}
"""For each part with samples, whether the tests of a module are sampled."""
