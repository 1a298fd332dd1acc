"""axe-core finds no violations in our admin pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api_client import ApiClient

from ..world import PAGES, fill
from .accessibility import faults_of
from .conftest import Tab


@pytest.mark.parametrize(
    ("scheme", "language"), [("light", "nl-NL"), ("dark", "en-GB")]
)
def test_axe_core(
    tab: Tab, api: ApiClient, settings: Any, scheme: str, language: str
) -> None:
    """Two rounds for every page: colours differ by scheme, and texts by language."""
    settings.LANGUAGE_CODE = language[:2]
    fill(api)
    tab.page.emulate_media(color_scheme=scheme)
    tab.page.set_extra_http_headers({"Accept-Language": language})
    found = {}
    for name, path in PAGES.items():
        tab.open(path())
        found |= {(name, rule): nodes for rule, nodes in faults_of(tab).items()}
    assert found == {}
