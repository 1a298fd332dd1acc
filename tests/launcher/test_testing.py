"""The totals of the test command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testapp.launcher.testing import add_up

if TYPE_CHECKING:
    from pathlib import Path

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
