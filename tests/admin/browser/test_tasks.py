"""The five tasks of docs/beheer.md, performed with only its instructions."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from klanten_plugin.models import Klant, KlantRol, OtherRelatie, RolBron
from tests.api_client import ApiClient
from tests.bodies import full_body

from ..pages import LIST
from ..world import CM, ELSEWHERE, PERSON, UUID, fill
from .conftest import Tab


def find(tab: Tab, term: str) -> None:
    """*Iemand vinden*: open Klanten, and enter what is known."""
    tab.open("/admin/")
    tab.page.locator("#content-main").get_by_role("link", name="Klanten", exact=True)
    tab.open(LIST)
    tab.page.get_by_label("Zoek een klant").fill(term)
    tab.press("Zoeken")
    tab.page.wait_for_url("**/?zoek=*")


def open_first(tab: Tab) -> None:
    tab.page.locator("#result_list tbody .field-naam a").first.click()
    tab.page.wait_for_load_state()


def row_of(tab: Tab, heading: str, text: str) -> Any:
    section = tab.page.locator(
        "section", has=tab.page.get_by_role("heading", name=heading)
    )
    return section.locator("tr", has_text=text).first


def test_find_by_half_a_name_and_a_postcode(tab: Tab, api: ApiClient) -> None:
    api.create(**full_body(PERSON))
    api.create(**full_body(PERSON, klantnummer="Kn-2", achternaam="Anders", adres=None))
    find(tab, "1015CJ oo")
    assert tab.page.locator("#result_list tbody tr").count() == 1
    tab.sees("Zoë van der Boom")


def test_say_where_an_address_came_from(tab: Tab, api: ApiClient) -> None:
    api.create(**full_body(PERSON))
    find(tab, "van der boom")
    open_first(tab)
    line = row_of(tab, "Contactgegevens en hun herkomst", "Keizersgracht")
    today = timezone.localdate()
    assert "all - J. Doe" in line.inner_text()
    assert f"{today.day}-{today.month}-{today.year}" in line.inner_text()
    # the previous value: the line of that day in the audit trail
    line = row_of(tab, "Audit trail", "veld")
    line.locator("summary").click()
    tab.sees("Adres: straatnaam")


def test_answer_an_inzageverzoek(tab: Tab, api: ApiClient) -> None:
    fill(api)
    find(tab, "900222086")
    open_first(tab)
    tab.press("Inzageverzoek")
    tab.sees("hetzelfde nummer", "Kandidaten")
    tab.press("Overzicht maken")
    tab.sees("Wie de gegevens kreeg", "Hoe lang ze bewaard worden")
    for button in ("Opslaan als HTML", "Opslaan als JSON"):
        with tab.page.expect_download() as download:
            tab.press(button)
        assert "900222086" in download.value.path().read_text(encoding="utf-8")


def test_merge_two_klanten(tab: Tab, api: ApiClient) -> None:
    fill(api)
    tab.open("/admin/klanten_plugin/possibleduplicate/")
    tab.press("Nu opnieuw zoeken")
    tab.page.get_by_role("link", name="Naast elkaar leggen").first.click()
    tab.sees("Gegevens naast elkaar", "Wat naar de andere klant verwijst")
    tab.page.get_by_role("link", name="Omdraaien").click()
    tab.page.get_by_role("link", name="Omdraaien").click()
    tab.page.get_by_label("Die wordt verwijderd").check()
    tab.press("Samenvoegen")
    tab.sees("De klanten zijn samengebracht")
    assert Klant.objects.filter(subject_type=PERSON).count() == 1


def test_find_out_why_a_role_is_missing_and_mend_it(tab: Tab, api: ApiClient) -> None:
    """First the secret is wrong, then the klant is referred to by a previous URL."""
    fill(api)
    klant = Klant.objects.order_by("pk")[0]
    old = f"{ELSEWHERE}/{klant.uuid}"
    KlantRol.objects.all().delete()
    OtherRelatie.objects.update(klant_url=old)
    find(tab, "Boom")
    open_first(tab)
    tab.press("Rollen nu ophalen")
    tab.sees("De rollen worden opgehaald.")

    tab.open("/admin/klanten_plugin/rolbron/")
    tab.sees("Controleer client-ID, secret en scopes")
    tab.page.locator("input.action-select").first.check()
    tab.page.select_option("select[name=action]", label="Nu volledig afstemmen")
    tab.press("Uitvoeren")
    tab.sees("1 service wordt afgestemd.")
    RolBron.objects.update(call_error="")  # the secret was fixed, and a worker read it
    tab.open("/admin/klanten_plugin/rolbron/")

    tab.open("/admin/klanten_plugin/otherrelatie/")
    tab.page.get_by_label("Zoeken").first.fill(old)
    tab.press("Zoeken")
    tab.sees("1 gevonden", f"{CM}/klantcontactmomenten/{UUID}")
    tab.sees("De klant is van een andere Klanten API.")
    tab.open("/admin/klanten_plugin/klantenconfig/")
    tab.page.get_by_label("Andere adressen").fill(ELSEWHERE)
    tab.page.locator("input[name=_save]").click()
    tab.sees("De configuratie is bewaard.")
