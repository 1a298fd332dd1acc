"""The admin pages in a browser, with a strict Content-Security-Policy."""

from __future__ import annotations

from typing import Any

import pytest

from klanten_plugin.models import Klant, KlantenConfig
from tests.api_client import ApiClient
from tests.bodies import KINDS, full_body
from tests.nhr import DONALD, vestiging
from tests.outbox import add, ago

from ..pages import LIST, klant_page, only_klant
from .conftest import Tab

BSN = "900222086"


def test_find_a_person_and_look_at_the_bsn(tab: Tab, api: ApiClient) -> None:
    api.create(**full_body("natuurlijk_persoon"))
    tab.open(LIST)
    tab.sees("Zoë van der Boom", "••••••086")
    tab.page.fill("#searchbar", BSN)
    tab.page.press("#searchbar", "Enter")
    tab.page.wait_for_url("**/?zoek=*")
    assert BSN not in tab.page.url
    tab.page.click("text=Kn-00001")
    tab.sees(
        "Natuurlijk persoon",
        "Verblijfsadres",
        "Verblijf buitenland",
        "Contactgegevens en hun herkomst",
        "Audit trail",
        "Outbox",
        "••••••086",
    )
    assert BSN not in tab.page.content()
    tab.press("Toon")
    tab.sees(BSN)
    tab.press("Logboek")
    tab.sees("BSN bekeken.")


def test_change_a_klant(tab: Tab, api: ApiClient) -> None:
    api.create(**full_body("natuurlijk_persoon"))
    tab.open(klant_page(only_klant()))
    tab.press("Wijzigen")
    assert BSN not in tab.page.content()
    tab.page.fill("#id_subject_natuurlijk_persoon-inp_bsn", "111111111")
    tab.page.fill("#id_voornaam", "Zus")
    tab.press("Bewaren")
    tab.sees("Er is niets bewaard.", "Onjuist BSN nummer")
    tab.page.fill("#id_subject_natuurlijk_persoon-inp_bsn", "")
    tab.press("Bewaren")
    tab.sees("is bewaard.", "Zus van der Boom", "1 veld")
    assert only_klant().subject_natuurlijk_persoon.inp_bsn == BSN


def test_add_and_delete_a_klant(tab: Tab, multi_component: None) -> None:
    tab.open(f"{LIST}add/")
    tab.press("Vestiging")
    tab.page.fill("#id_bronorganisatie", "123456782")
    tab.page.fill("#id_website_url", "https://bakker.example.nl")
    tab.page.fill("#id_subject_vestiging-vestigings_nummer", "990000541921")
    tab.page.fill("#id_subject_vestiging-handelsnaam", "De Bakker\nBakkerij De Bakker")
    tab.press("Bewaren")
    tab.sees("is bewaard.", "De Bakker, Bakkerij De Bakker")
    assert only_klant().klantnummer
    tab.press("Verwijderen")
    tab.page.get_by_label("Vergissing").check()
    tab.press("Definitief verwijderen")
    tab.sees("verwijderd")
    assert not Klant.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_the_form_of_each_kind(tab: Tab, multi_component: None, kind: str) -> None:
    tab.open(f"{LIST}add/?subject_type={kind}")
    tab.sees("Contactgegevens", "Adres", "Verblijf buitenland", "Reden")
    # nothing overflows the page
    width = (
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert tab.page.evaluate(width) == 0


def test_stand_van_zaken(tab: Tab, api: ApiClient) -> None:
    api.create(**vestiging(DONALD))
    add("a", state="done", settled_at=ago(days=1))
    add("b", state="given_up", last_error="De overkant wil dit niet.")
    tab.open("/admin/")
    tab.page.locator("#content-main").get_by_text("Stand van zaken").first.click()
    tab.sees("Outbox", "De overkant wil dit niet.", "Budget bij KVK deze maand")
    bars = tab.page.locator("svg.stand-grafiek rect")
    assert bars.count() >= 1
    box: Any = bars.first.bounding_box()
    assert box["height"] > 1
    # the style of the chart isn't blocked either
    color = "element => getComputedStyle(element).fill"
    assert bars.first.evaluate(color) == "rgb(68, 126, 155)"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("klantenconfig/", "Configuratie Klanten API"),
        ("outboxrow/", "taken in de outbox"),
        ("nhrstate/", "NHR-gegevens"),
        ("klantrol/", "rollen van klanten"),
        ("rolbron/", "bronnen van rollen"),
        ("nhrverbruik/", "verbruik bij KVK"),
        ("klant/add/", "Wat voor klant is het?"),
    ],
)
def test_the_other_pages(tab: Tab, api: ApiClient, path: str, text: str) -> None:
    KlantenConfig.get_solo()
    tab.open(f"/admin/klanten_plugin/{path}")
    tab.sees(text)


WIDTHS = (390, 768, 1024, 1280)

CUT_OFF = """() => [...document.querySelectorAll('#content table, #content form, svg')]
    .filter(part => {
        const box = part.getBoundingClientRect();
        if (box.width === 0) return false;
        for (let up = part; up && up.id !== 'container'; up = up.parentElement) {
            const style = getComputedStyle(up);
            if (['auto', 'scroll'].includes(style.overflowX)) return false;
        }
        return box.right > document.documentElement.clientWidth + 1;
    }).map(part => part.outerHTML.slice(0, 120))"""
"""Elements that overflow the page and can't be scrolled to."""

SCREENS = [
    LIST,
    "klant",
    f"{LIST}add/?subject_type=natuurlijk_persoon",
    "/admin/klanten_plugin/statuspage/",
    "/admin/klanten_plugin/klantenconfig/",
    "/admin/klanten_plugin/outboxrow/",
    "/admin/klanten_plugin/nhrstate/",
    "/admin/klanten_plugin/rolbron/",
    "/admin/klanten_plugin/klantrol/",
]


@pytest.mark.parametrize("screen", SCREENS)
def test_small_screens(tab: Tab, api: ApiClient, screen: str) -> None:
    """Everything is readable and can be filled in, from a phone to a laptop."""
    api.create(**full_body("natuurlijk_persoon"))
    add("a", state="given_up", last_error="De overkant wil dit niet.")
    KlantenConfig.get_solo()
    tab.open(klant_page(only_klant()) if screen == "klant" else screen)
    for width in WIDTHS:
        tab.page.set_viewport_size({"width": width, "height": 900})
        assert tab.page.evaluate(CUT_OFF) == [], width
        if screen == LIST:
            box: Any = tab.page.locator("#searchbar").bounding_box()
            assert box["width"] >= 160, width
