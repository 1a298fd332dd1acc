"""Additions of the test command to tox: totals, environments, and pip's settings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from testapp.launcher.testing import add_up, pip_settings_for_uv, tox_environment
from testapp.launcher.venv import Venv

if TYPE_CHECKING:
    from testapp.launcher.layout import Layout
    from tests.launcher.conftest import MakeProgram

REPORT = (
    '<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests">'
    '<testsuite name="pytest" errors="{errors}" failures="{failures}" '
    'skipped="{skipped}" tests="{tests}" time="0.043" hostname="localhost">'
    '<testcase name="test_skipped"></testcase></testsuite></testsuites>'
)


def test_the_reports_of_all_environments_are_added_up(tmp_path: Path) -> None:
    counts = [
        {"errors": 0, "failures": 2, "skipped": 1, "tests": 10},
        {"errors": 1, "failures": 0, "skipped": 0, "tests": 5},
    ]
    for number, each in enumerate(counts):
        report = tmp_path / f"{number}.xml"
        report.write_text(REPORT.format(**each), encoding="utf-8")

    totals = add_up(tmp_path.glob("*.xml"))

    assert totals == "tests: 11 passed, 3 failed, 1 skipped"


def test_no_reports_no_totals() -> None:
    assert add_up([]) == ""


def test_uv_gets_the_index_and_certificate_of_pip() -> None:
    listing = (
        ":env:.cert='/from/the/environment.pem'\n"
        "global.cert='/from/a/file.pem'\n"
        "global.index-url='https://packages.example/simple'\n"
        "user.timeout='10'\n"
    )

    assert pip_settings_for_uv(listing) == {
        "SSL_CERT_FILE": "/from/the/environment.pem",
        "UV_DEFAULT_INDEX": "https://packages.example/simple",
    }


@pytest.mark.parametrize(
    ("pythons", "whole"),
    [
        (["python3.12", "python3.13"], "py312-newest"),
        (["python3.13"], "py313-newest"),
        ([], "py311-oldest"),
    ],
)
def test_one_environment_runs_the_whole_quick_part(
    layout: Layout,
    make_program: MakeProgram,
    monkeypatch: pytest.MonkeyPatch,
    pythons: list[str],
    whole: str,
) -> None:
    for name in pythons:
        make_program(layout.data / name, "")
    monkeypatch.setenv("PATH", str(layout.data))
    monkeypatch.setenv("HOME", str(layout.data))
    for each in ("PYENV_ROOT", "COVERAGE_CORE"):
        monkeypatch.delenv(each, raising=False)

    environ = tox_environment(layout, Venv(Path(sys.prefix)))

    assert "--part=quick" in environ[f"PART_{whole}"]
    assert [name for name in environ if name.startswith("PART_")] == [f"PART_{whole}"]
    assert environ["TESTAPP_WHOLE"] in (*pythons, environ["TESTAPP_PYTHON"])
    has_monitoring = environ["TESTAPP_WHOLE"] != "python3.11"
    assert environ.get("COVERAGE_CORE") == ("sysmon" if has_monitoring else None)
