"""axe-core finds no violations in our admin pages."""

from __future__ import annotations

from tests.api_client import ApiClient

from ..world import PAGES, fill
from .accessibility import faults_of
from .conftest import Tab

SETTLED = """() => new Promise(requestAnimationFrame)
    .then(() => Promise.all(document.getAnimations().map(each => each.finished)))
    .then(() => null)"""
"""Waits until the links of the admin have their other colour, which is a transition."""


def test_axe_core(tab: Tab, api: ApiClient) -> None:
    """Each page with all rules, and its colours in the dark scheme as well."""
    fill(api)
    found = {}
    for name, path in PAGES.items():
        tab.page.emulate_media(color_scheme="light")
        tab.open(path())
        found |= {(name, rule): nodes for rule, nodes in faults_of(tab).items()}
        tab.page.emulate_media(color_scheme="dark")
        tab.page.evaluate(SETTLED)
        dark = faults_of(tab, "color-contrast")
        found |= {(name, f"dark {rule}"): nodes for rule, nodes in dark.items()}
    assert found == {}
