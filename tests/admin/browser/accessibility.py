"""What axe-core finds on the page that a tab shows."""

from __future__ import annotations

import pytest

from .conftest import Tab

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="tox -e browser installs axe-core"
)

# Preloading fetches what a style sheet imports, and takes its address for the page's.
OPTIONS = {"preload": False}


def faults_of(tab: Tab) -> dict[str, list[str]]:
    """The beginning of each element with a fault, by the name of axe-core's rule."""
    found = axe.Axe().run(tab.page, options=OPTIONS).response["violations"]
    return {
        fault["id"]: [node["html"][:160] for node in fault["nodes"]] for fault in found
    }
