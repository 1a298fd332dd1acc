"""Run axe-core on the page in a tab."""

from __future__ import annotations

import pytest

from .conftest import Tab

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="tox -e browser installs axe-core"
)

# Preloading fetches imports of style sheets, and resolves them against the page's
# address. Results of other types only take time.
OPTIONS = {"preload": False, "resultTypes": ["violations"]}


def faults_of(tab: Tab, *rules: str) -> dict[str, list[str]]:
    """Return the start of each element with a violation, by axe-core rule.

    Of these rules, or of all.
    """
    options = {**OPTIONS, "runOnly": [*rules]} if rules else OPTIONS
    found = axe.Axe().run(tab.page, options=options).response["violations"]
    return {
        fault["id"]: [node["html"][:160] for node in fault["nodes"]] for fault in found
    }
