"""The admin in Dutch has no English texts, and no programmers' jargon."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client

from lxml import html

from klanten_plugin.models import (
    DeletionList,
    Klant,
    NhrState,
    OutboxRow,
    RolBron,
)
from tests.api_client import ApiClient

from .pages import body_text, form_data, klant_page, readable_text
from .test_config import FORM
from .world import GONE, PAGES, ROOT, fill, merge_page

ENGLISH = """
    about added after again all an and any are at before been breadcrumbs by cannot
    change changed changes choose clear clicking confirm consumer consumers content
    count counts date delete deleted display each enter entries entry error errors
    field fields find first for found from go has have hide history home invalid
    item items last later list model models more name next no none not nothing now
    of on one only or other page pagination permission please previous record
    records remove removed required result results row rows run save saved search
    select selected show sort sorting successfully that the their there these they
    this to toggle total unknown user users value values view was were what when
    which who will with yes you your
"""
BOTH = {"of", "was", "model", "item", "later"}
"""Words on the list that are also Dutch."""
WORDS = re.compile(
    rf".{{,20}}\b(?:{'|'.join(set(ENGLISH.split()) - BOTH)})\b.{{,20}}", re.IGNORECASE
)

HEADINGS = (
    "//h1|//h2|//h3|//th[@scope='col']//text()[normalize-space()]/..|//dt|//legend"
    "|//label[not(.//input)]|//button|//a[contains(@class, 'button')]"
    "|//*[contains(@class, 'messagelist')]/li"
)


def english_in(text: str) -> list[str]:
    """Return the words that are only English, except in quotes from other systems."""
    without = re.sub(r"https?://\S+|\bfout:\S+|\ball - J\. Doe\b", "", text)
    return sorted(set(WORDS.findall(without)))


def small_headings(response: Any) -> list[str]:
    """Return headings, labels and buttons that don't begin with a capital letter."""
    page = html.fromstring(response.content)
    content = page.get_element_by_id("container")
    for other in content.xpath(".//*[@id='nav-sidebar' or @id='header']"):
        other.drop_tree()
    texts = [each.text_content().strip() for each in content.xpath(f".{HEADINGS}")]
    return [text for text in texts if re.match(r"[a-z](?!ttps?:)", text)]


def test_every_page_in_dutch(beheer: Client, api: ApiClient) -> None:
    fill(api)
    found: dict[str, Any] = {}
    for name, path in PAGES.items():
        response = beheer.get(path())
        text = body_text(response)
        found[name] = english_in(text) + small_headings(response)
    assert {name: words for name, words in found.items() if words} == {}


def test_the_page_of_a_klant_that_is_gone(beheer: Client, db: Any) -> None:
    response = beheer.get(GONE)
    assert english_in(readable_text(response)) == []


def act(model: Any, action: str, **values: Any) -> tuple[str, dict[str, Any]]:
    """Return the form data of an action on the first row of a model's list."""
    row = model.objects.order_by("pk")[0]
    data = {"action": action, ACTION_CHECKBOX_NAME: [row.pk], "index": "0", **values}
    return f"{ROOT}{model._meta.model_name}/", data


def button(page: str) -> tuple[str, dict[str, Any]]:
    """Return the form data of a button on the page of the first klant."""
    return klant_page(Klant.objects.order_by("pk")[0], page), {}


def presses(client: Client) -> Iterator[tuple[str, dict[str, Any]]]:
    """All actions and buttons: the URL and the form data of each."""
    person, bakery, other = Klant.objects.order_by("pk")
    yield act(OutboxRow, "opnieuw")
    yield act(OutboxRow, "opgeven", bevestigd="ja")
    yield act(OutboxRow, "")
    yield act(RolBron, "afstemmen")
    yield act(NhrState, "verversen")
    yield act(Klant, "verversen")
    yield act(Klant, "rollen_ophalen")
    yield button("rollen")
    yield klant_page(bakery, "verversen"), {}
    for field in ("telefoonnummer", "emailadres"):
        yield klant_page(bakery, "teruggeven"), {"veld": field}
    yield f"{ROOT}possibleduplicate/zoeken/", {}
    yield f"{ROOT}klantenconfig/", FORM
    form = klant_page(person, "wijzigen")
    yield form, form_data(client, form, voornaam="Zus")
    yield form, form_data(client, form)
    yield form, form_data(client, form, emailadres="geen adres")
    yield merge_page(), {}
    for pk in DeletionList.objects.values_list("pk", flat=True):
        for name in ("bevestigen", "afblazen", "afblazen"):
            yield f"{ROOT}deletionlist/{pk}/{name}/", {}
    yield klant_page(other, "delete"), {}
    yield klant_page(other, "delete"), {"grond": "mistake"}


def test_every_message_in_dutch(beheer: Client, api: ApiClient) -> None:
    """After each action and button, and in the resulting log entries."""
    fill(api)
    found: dict[str, Any] = {}
    count = 0
    for url, data in presses(beheer):
        response = beheer.post(url, data, follow=True)
        count += len(response.context["messages"])
        found[f"{url} {data}"] = english_in(body_text(response)) + small_headings(
            response
        )
    for name in ("person", "log"):
        found[name] = english_in(body_text(beheer.get(PAGES[name]())))
    assert {name: words for name, words in found.items() if words} == {}
    assert count >= 20
