"""Nothing is cut off or needs horizontal scrolling, from a phone to a laptop."""

from __future__ import annotations

from tests.api_client import ApiClient

from ..world import PAGES, fill
from .conftest import Tab

WIDTHS = (390, 768, 1024, 1280)

TOO_WIDE = """() => {
    const wide = document.documentElement.clientWidth + 1;
    const seen = part => {
        const box = part.getBoundingClientRect();
        return box.width > 1 && box.height > 1;
    };
    const scrolls = part => ['auto', 'scroll'].includes(getComputedStyle(part).overflowX)
        && part.scrollWidth > part.clientWidth + 1;
    const parts = [...document.querySelectorAll('#content *')].filter(seen);
    return parts.filter(part => scrolls(part) || part.getBoundingClientRect().right > wide)
        .map(part => part.outerHTML.slice(0, 60));
}"""
"""Elements that overflow the page, or whose content overflows them."""


def test_no_page_is_wider_than_the_screen(tab: Tab, api: ApiClient) -> None:
    """With the side bar of the admin open, as it is by default."""
    fill(api)
    found = {}
    for name, path in PAGES.items():
        tab.open(path())
        for width in WIDTHS:
            tab.page.set_viewport_size({"width": width, "height": 900})
            found[name, width] = tab.page.evaluate(TOO_WIDE)
    assert [f"{page}: {parts}" for page, parts in found.items() if parts] == []
