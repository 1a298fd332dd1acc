"""One host for all fault tests. `KLANTEN_FAULTS=long` runs the full numbers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.apps import apps

import pytest

from testapp.launcher.errors import LauncherError
from tests.faults.ledger import Balance
from tests.faults.rig import Rig, running_rig

TAIL = 60

Say = Callable[[str], None]


@dataclass(frozen=True)
class Profile:
    """The number of repetitions."""

    requests: int
    kills: int
    faults: int
    restarts: int
    rows: tuple[int, int]
    looks: int


SHORT = Profile(requests=40, kills=3, faults=2, restarts=1, rows=(100, 600), looks=12)
LONG = Profile(
    requests=200, kills=20, faults=10, restarts=6, rows=(5_000, 50_000), looks=144
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker of this folder."""
    config.addinivalue_line("markers", "faults: with real processes that are killed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Add the marker to the tests in this folder."""
    for item in items:
        if item.path.parent.name == "faults":
            item.add_marker(pytest.mark.faults)


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Override the fixture of all tests, because the relevant cache is the host's."""


@pytest.fixture(scope="session")
def profile() -> Profile:
    return LONG if os.environ.get("KLANTEN_FAULTS") == "long" else SHORT


@pytest.fixture(scope="session")
def _host(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Rig]:
    if not apps.is_installed("testapp"):
        pytest.skip("it is the full host that runs here")
    log = tmp_path_factory.mktemp("faults") / "output.log"
    failed = request.session.testsfailed
    try:
        with running_rig(log) as rig:
            yield rig
    except LauncherError as error:
        pytest.skip(str(error))
    finally:
        if request.session.testsfailed > failed:
            lines = log.read_text(encoding="utf-8").splitlines()
            print("\n".join(lines[-TAIL:]))  # noqa: T201 - why it failed


@pytest.fixture
def rig(_host: Rig) -> Rig:
    """The host, without data of an earlier test."""
    _host.empty()
    return _host


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> Say:
    """Return a function that prints even if output is captured, to show the numbers."""

    def say(text: str) -> None:
        with capsys.disabled():
            print(f"\n  {request.node.name}: {text}", end="")  # noqa: T201

    return say


def assert_whole(balance: Balance) -> None:
    """Check that nothing was lost, and that each klant's messages arrived in order."""
    assert balance.sent > 0
    assert balance.lost == 0, balance
    assert balance.disordered == []
