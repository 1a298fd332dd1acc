"""The admin is operable with only the keyboard: Tab, Enter and Space."""

from __future__ import annotations

from typing import Any

from klanten_plugin.models import Deletion, Klant, OutboxRow
from tests.api_client import ApiClient

from ..pages import LIST, klant_page
from ..world import PAGES, ROOT, fill, merge_page
from .conftest import Tab

WALKED = (
    *("klanten", "person", "vestiging", "change", "delete", "inzage", "merge", "kinds"),
    *("outbox", "nhr", "duplicates", "deletion list", "status", "config"),
)

REACHABLE = """() => [...document.querySelectorAll(
        '#content :is(a[href], button, input:not([type=hidden]), select, textarea, summary)')]
    .filter(part => part.offsetParent && !part.disabled)
    .filter(part => part.type !== 'radio' || part.checked
        || !document.querySelector(`input[type=radio][name="${part.name}"]:checked`))
    .map(part => (part.id ||= `part-${Math.random()}`, part.id))"""
"""Ids of the operable elements. A group of radio buttons is one stop."""

FOCUSED = """() => {
    const part = document.activeElement;
    const style = getComputedStyle(part);
    const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0
        || style.boxShadow !== 'none';
    return {id: part.id, name: part.name || '', type: part.type || '', seen,
        ours: !!part.closest('#content'), html: part.outerHTML.slice(0, 80)};
}"""


def walk(tab: Tab) -> list[dict[str, Any]]:
    """Return the elements that Tab visits, from the top of the page to its end."""
    tab.page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    stops: list[dict[str, Any]] = []
    for _ in range(400):
        tab.page.keyboard.press("Tab")
        stop = tab.page.evaluate(FOCUSED)
        if stops and stop["html"].startswith("<body"):
            break
        stops.append(stop)
    return [stop for stop in stops if stop["ours"]]


def press(tab: Tab, locator: Any, key: str = "Enter") -> None:
    """Move the focus to an element with the keyboard, and press a key there."""
    part = locator.element_handle()
    for _ in range(400):
        if tab.page.evaluate("part => part === document.activeElement", part):
            break
        tab.page.keyboard.press("Tab")
    else:
        raise AssertionError(f"Tab never comes to {locator}")
    if key != "Enter":
        tab.page.keyboard.press(key)
        return
    with tab.page.expect_navigation():
        tab.page.keyboard.press(key)


def test_tab_comes_everywhere_and_is_seen(tab: Tab, api: ApiClient) -> None:
    fill(api)
    missed, unseen = {}, {}
    for name in WALKED:
        tab.open(PAGES[name]())
        wanted = tab.page.evaluate(REACHABLE)
        stops = walk(tab)
        groups = {stop["name"] for stop in stops if stop["type"] == "radio"}
        reached = {stop["id"] for stop in stops}
        left = [
            part
            for part in wanted
            if part not in reached
            and tab.page.evaluate(
                "id => { const part = document.getElementById(id);"
                " return part.type === 'radio' ? part.name : '' }",
                part,
            )
            not in groups
        ]
        if left:
            missed[name] = left
        if hidden := [stop["html"] for stop in stops if not stop["seen"]]:
            unseen[name] = hidden
    assert (missed, unseen) == ({}, {})


def test_search_look_merge_and_delete(tab: Tab, api: ApiClient) -> None:
    fill(api)
    kept, _, other = Klant.objects.order_by("pk")
    page = tab.page
    tab.open(LIST)
    press(tab, page.locator("#searchbar"), "End")
    page.keyboard.type("boom")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?zoek=*")
    press(tab, page.get_by_role("link", name=kept.klantnummer))
    press(tab, page.get_by_role("link", name="naast elkaar leggen"))
    assert merge_page() in page.url
    press(tab, page.get_by_label("Die blijft zoals hij is"), "Space")
    press(tab, page.get_by_role("button", name="Samenvoegen"))
    tab.sees("De klanten zijn samengebracht")

    tab.open(klant_page(kept))
    press(tab, page.get_by_role("link", name="Inzageverzoek"))
    press(tab, page.get_by_label(str(other)), "Space")
    press(tab, page.get_by_role("button", name="Overzicht maken"))
    tab.sees("Gegevens en hun herkomst")

    tab.open(klant_page(other))
    press(tab, page.get_by_role("link", name="Verwijderen"))
    press(tab, page.get_by_label("AVG-verzoek van de betrokkene"), "Space")
    press(tab, page.get_by_role("button", name="Definitief verwijderen"))
    tab.sees("verwijderd")
    assert Deletion.objects.filter(klant_uuid=other.uuid).exists()


def test_an_action_of_a_list(tab: Tab, api: ApiClient) -> None:
    fill(api)
    row = OutboxRow.objects.get(state="given_up")
    tab.open(f"{ROOT}outboxrow/?state__exact=given_up")
    page = tab.page
    choice = page.locator("select[name=action]")
    press(tab, choice, "ArrowDown")
    page.keyboard.type("Opnieuw")
    press(tab, page.locator("input.action-select").first, "Space")
    tab.page.keyboard.press("Shift+Tab")
    press(tab, page.locator(".actions button"))
    tab.sees("1 taak wordt opnieuw geprobeerd.")
    row.refresh_from_db()
    assert row.state == "waiting"
