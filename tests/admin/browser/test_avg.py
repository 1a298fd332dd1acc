"""The obligations of an administrator under the AVG, performed in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from klanten_plugin.models import Deletion, Klant
from tests.admin.klanten.test_access import BSN, PERSON, person
from tests.admin.pages import klant_page
from tests.api_client import ApiClient
from tests.bodies import full_body

from .accessibility import faults_of
from .conftest import Tab


def test_merge_two_klanten_and_answer_an_inzageverzoek(
    tab: Tab, api: ApiClient
) -> None:
    kept = person(api, "K-1", BSN, achternaam="Jansen")
    api.create(**full_body(PERSON, klantnummer="K-2", achternaam="Janssen"))
    other = Klant.objects.exclude(pk=kept.pk).get()
    other_subject: Any = other
    other_subject.subject_natuurlijk_persoon.inp_bsn = BSN
    other_subject.subject_natuurlijk_persoon.save()
    candidate = person(api, "K-3", emailadres=other.emailadres)

    tab.open(klant_page(kept))
    tab.sees("Mogelijke dubbelen", "hetzelfde BSN")
    tab.page.get_by_role("link", name="naast elkaar leggen").click()
    tab.sees("Gegevens naast elkaar", "Janssen")
    assert faults_of(tab) == {}
    tab.page.get_by_label("Achternaam: Janssen").check()
    tab.page.get_by_label("Die wordt verwijderd").check()
    tab.press("Samenvoegen")
    tab.sees("De klanten zijn samengebracht", "Janssen")
    assert Deletion.objects.get().klant_uuid == other.uuid

    tab.press("Inzageverzoek")
    tab.sees("Kandidaten")
    assert faults_of(tab) == {}
    tab.page.get_by_label(str(candidate)).check()
    tab.press("Overzicht maken")
    tab.sees("Gegevens en hun herkomst", BSN, "Wie de gegevens kreeg")
    assert faults_of(tab) == {}
    with tab.page.expect_download() as download:
        tab.press("Opslaan als JSON")
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert candidate.klantnummer in text

    for name in ("deletion", "deletionlist", "possibleduplicate"):
        tab.open(f"/admin/klanten_plugin/{name}/")
        assert faults_of(tab) == {}, name
    tab.open(klant_page(kept, "delete"))
    assert faults_of(tab) == {}
