"""The configuration page offers suitable services, and explains if there are none."""

from __future__ import annotations

from typing import Any

from django.test import Client

from lxml import html
from notifications_api_common.models import NotificationsConfig
from zgw_consumers.models import Service

from klanten_plugin.models import KlantenConfig, NhrBron, NhrState
from tests.api_client import ApiClient
from tests.nhr import DONALD, make_service, vestiging
from tests.outbox import ago

from .pages import klant_page, only_klant, text_of

PAGE = "/admin/klanten_plugin/klantenconfig/"
TYPES = {"cm": "cmc", "vz": "vrc", "kvk": "orc", "zaken": "zrc", "notificaties": "nrc"}


def make(slug: str) -> Service:
    root = f"https://{slug}.example.nl/api/v1/"
    return Service.objects.create(
        label=slug, slug=slug, api_root=root, api_type=TYPES[slug]
    )


def offered(client: Client, field: str) -> set[str]:
    """Return the labels of the services on offer on the page."""
    page = html.fromstring(text_of(client.get(PAGE)))
    options = page.xpath(f"//select[@name='{field}']/option[@value!='']/text()")
    boxes = page.xpath(f"//input[@name='{field}']/ancestor::label[1]")
    texts = [*options, *(box.text_content() for box in boxes)]
    return {slug for slug in TYPES if any(slug in text for text in texts)}


def test_only_services_that_fit_are_offered(beheer: Client, db: Any) -> None:
    services = {slug: make(slug) for slug in TYPES}
    notifications = NotificationsConfig.get_solo()
    notifications.notifications_api_service = services["notificaties"]
    notifications.save()
    NhrBron.objects.create(
        config=KlantenConfig.get_solo(), soort="kvk", service=services["kvk"]
    )
    assert offered(beheer, "contactmomenten_services") == {"cm"}
    assert offered(beheer, "verzoeken_services") == {"vz"}
    assert offered(beheer, "subject_services") == {"cm", "vz", "zaken"}
    assert offered(beheer, "bronnen-0-service") == {"kvk"}
    assert offered(beheer, "nhr_mutatieservice") == {"kvk"}
    # a service that is in use stays on offer, or saving the page would remove it
    KlantenConfig.get_solo().verzoeken_services.add(services["cm"])
    assert offered(beheer, "verzoeken_services") == {"cm", "vz"}


def test_refreshing_says_that_the_nhr_stands_still(
    beheer: Client, api: ApiClient
) -> None:
    """In the list, on the page of a klant and on that of its NHR data."""
    api.create(**vestiging(DONALD))
    bron = NhrBron.objects.create(
        config=KlantenConfig.get_solo(),
        soort="kvk",
        service=make_service("https://api.kvk.example.nl/api/"),
    )
    klant, state = only_klant(), NhrState.objects.get()
    action = {"action": "verversen", "_selected_action": [klant.pk]}
    row = f"/admin/klanten_plugin/nhrstate/{state.pk}/change/"
    presses: list[tuple[str, dict[str, Any]]] = [
        ("/admin/klanten_plugin/klant/", action),
        (klant_page(klant, "verversen"), {}),
        (row, {}),
    ]

    def answers() -> list[bool]:
        said = [text_of(beheer.post(*press, follow=True)) for press in presses]
        return ["staat stil, dus dit wacht: Gestopt sinds" in text for text in said]

    assert answers() == [False] * 3
    NhrBron.objects.filter(pk=bron.pk).update(
        stopped_at=ago(hours=1), failing_since=ago(hours=1), last_error="KVK weigert."
    )
    assert answers() == [True] * 3
