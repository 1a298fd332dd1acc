"""How many tests passed, over all environments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True)
class Totals:
    """Counts of tests; an error counts as a failure."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __str__(self) -> str:
        return (
            f"tests: {self.passed} passed, {self.failed} failed, {self.skipped} skipped"
        )


def add_up(reports: Iterable[Path]) -> Totals | None:
    """Return the totals of JUnit reports, None if there is none.

    Read with a regular expression, as no XML parser of the standard library is meant
    for files one doesn't trust; pytest writes the counts on the `testsuite` tag.
    """
    suites = [_counts(report.read_text(encoding="utf-8")) for report in reports]
    if not suites:
        return None
    tests = sum(suite.get("tests", 0) for suite in suites)
    failed = sum(suite.get("failures", 0) + suite.get("errors", 0) for suite in suites)
    skipped = sum(suite.get("skipped", 0) for suite in suites)
    return Totals(tests - failed - skipped, failed, skipped)


def _counts(text: str) -> dict[str, int]:
    tag = re.search(r"<testsuite\s[^>]*>", text)
    pairs = re.findall(r'(\w+)="(\d+)"', tag[0]) if tag else []
    return {name: int(value) for name, value in pairs}
