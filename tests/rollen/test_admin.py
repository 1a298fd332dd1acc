"""Roles and their services in the admin."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import pytest

from klanten_plugin.constants import OutboxKind
from klanten_plugin.domain.rollen.sources import request_pass, set_aliases
from klanten_plugin.models import (
    KlantenConfig,
    OtherRelatie,
    OutboxRow,
    RolBron,
    UnknownRoot,
)
from klanten_plugin.sync.rollen.keep import request_klant

from .conftest import choose, make_klant, url_of, work
from .peers import RunningPeer

if not apps.is_installed("django.contrib.admin"):
    pytest.skip("a host without admin", allow_module_level=True)

BRONNEN = reverse("admin:klanten_plugin_rolbron_changelist")
ROLLEN = reverse("admin:klanten_plugin_klantrol_changelist")


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_a_klant_with_roles_of_both_apis(
    cm: RunningPeer, vz: RunningPeer, bronnen: list[RolBron], admin_client: Client
) -> None:
    klant = make_klant()
    cm.relate(url_of(klant), rol="gesprekspartner")
    vz.force(
        vz.row(url_of(klant), "initiator", indicatieMachtiging="machtiginggever"),
        vz.row(url_of(klant), "nieuwe_rol"),
    )
    request_klant(klant)
    work()
    url = reverse("admin:klanten_plugin_klant_change", args=[klant.pk])
    text = page(admin_client, url)
    for words in (
        "Gesprekspartner",
        "Initiator",
        "Machtiginggever",
        "nieuwe_rol (onbekend)",
        "Contactmomenten (Contactmomenten)",
        "Verzoeken (Verzoeken)",
    ):
        assert words in text


def test_the_page_of_a_role_says_what_the_owner_says(
    vz: RunningPeer, bronnen: list[RolBron], admin_client: Client
) -> None:
    klant = make_klant()
    vz.relate(url_of(klant), rol="initiator")
    request_klant(klant)
    work()
    rol = klant.rollen.get()
    klant_page = reverse("admin:klanten_plugin_klant_change", args=[klant.pk])
    detail = reverse("admin:klanten_plugin_klantrol_change", args=[rol.pk])
    assert f'<a href="{detail}">Verzoek {rol.betreft[-36:-28]}</a>' in page(
        admin_client, klant_page
    )
    text = page(admin_client, detail)
    assert "Volgens Verzoeken (Verzoeken)" in text
    assert "<dt>Datum</dt>" in text
    vz.fault("forbidden")
    assert "Controleer client-ID, secret en scopes" in page(admin_client, detail)
    # our credentials aren't sent to other addresses
    vz.mend()
    klant.rollen.update(betreft="https://elders.example.nl/verzoeken/1")
    assert "ligt niet onder Verzoeken" in page(admin_client, detail)


def test_list_of_roles(
    cm: RunningPeer, bronnen: list[RolBron], admin_client: Client
) -> None:
    klant = make_klant()
    dangling = url_of("6a0a6c0e-64dd-4f37-a9d7-ef1b49bbbb74")
    cm.force(cm.row(url_of(klant)), cm.row(dangling))
    page(admin_client, ROLLEN)
    admin_client.post(
        BRONNEN, {"action": "afstemmen", "_selected_action": [bronnen[0].pk]}
    )
    work()
    assert "geen klant" in page(admin_client, ROLLEN)
    assert "geen klant" in page(admin_client, f"{ROLLEN}?stand=loshangend")
    assert str(klant) not in page(admin_client, f"{ROLLEN}?stand=loshangend")
    assert str(klant) in page(admin_client, f"{ROLLEN}?stand=actueel&q={klant.uuid}")
    assert "geen klant" not in page(admin_client, f"{ROLLEN}?stand=vervallen")
    rol = klant.rollen.get()
    # both relations belong to one contactmoment
    for term, others in (
        (str(klant.uuid).upper(), False),
        (rol.url, False),
        (f" {rol.betreft} ", True),
    ):
        text = page(admin_client, f"{ROLLEN}?{urlencode({'q': term})}")
        assert str(klant) in text
        assert ("geen klant" in text) == others
    assert str(klant) not in page(admin_client, f"{ROLLEN}?q={rol.url[:-1]}")
    detail = reverse("admin:klanten_plugin_klantrol_change", args=[rol.pk])
    assert rol.url in page(admin_client, detail)
    assert admin_client.post(detail, {"rol": "x"}).status_code == 403


def test_services_in_words(
    cm: RunningPeer, vz: RunningPeer, bronnen: list[RolBron], admin_client: Client
) -> None:
    assert "Nog nooit volledig afgestemd" in page(admin_client, BRONNEN)
    cm.fault("forbidden")
    vz.relate(url_of(make_klant()))
    action = {"action": "afstemmen", "_selected_action": [b.pk for b in bronnen]}
    response = admin_client.post(BRONNEN, action, follow=True)
    assert "2 services worden afgestemd" in response.content.decode()
    work()
    text = page(admin_client, BRONNEN)
    assert "Controleer client-ID, secret en scopes" in text
    assert "In orde." in text
    assert "van ons: 1" in text
    detail = reverse("admin:klanten_plugin_rolbron_change", args=[bronnen[0].pk])
    assert "Controleer client-ID" in page(admin_client, detail)


def test_the_action_asks_a_service_that_is_left_alone(
    peer: RunningPeer, bron: RolBron, admin_client: Client
) -> None:
    peer.fault("down")
    action = {"action": "afstemmen", "_selected_action": [bron.pk]}
    admin_client.post(BRONNEN, action)
    work()
    peer.mend()
    OutboxRow.objects.all().delete()
    admin_client.post(BRONNEN, action)
    work()
    bron.refresh_from_db()
    assert bron.last_complete_at is not None


def test_choosing_services(
    cm: RunningPeer, admin_client: Client, bronnen: list[RolBron]
) -> None:
    config = reverse("admin:klanten_plugin_klantenconfig_change", args=[1])
    KlantenConfig.get_solo()
    service = bronnen[0].service
    form = {
        "rollen_aliassen": "https://nlx.nl/klanten/v1",
        "rollen_beleid": "remove",
        # the sources of the NHR, on the same page
        "bronnen-TOTAL_FORMS": 0,
        "bronnen-INITIAL_FORMS": 0,
    }
    chosen = {"contactmomenten_services": [service.pk], "verzoeken_services": []}
    assert admin_client.post(config, {**form, **chosen}).status_code == 302
    saved = KlantenConfig.get_solo()
    assert saved.rollen_aliassen == ["https://nlx.nl/klanten/v1"]
    assert [bron.active for bron in RolBron.objects.order_by("pk")] == [True, False]
    wrong = admin_client.post(config, {**form, **chosen, "rollen_aliassen": "ftp://x"})
    assert wrong.status_code == 200
    assert "http://" in wrong.content.decode()


def test_a_new_service_is_read_at_once(db: Any, cm: RunningPeer) -> None:
    bron = choose(cm)
    [task] = OutboxRow.objects.all()
    assert (task.kind, task.object_key) == (OutboxKind.ROL_BRON, str(bron.pk))


def test_roles_of_klanten_on_demand(
    peer: RunningPeer, bron: RolBron, admin_client: Client
) -> None:
    klant = make_klant()
    peer.relate(url_of(klant))
    url = reverse("admin:klanten_plugin_klant_changelist")
    action = {"action": "rollen_ophalen", "_selected_action": [klant.pk]}
    assert admin_client.post(url, action).status_code == 302
    work()
    assert klant.rollen.count() == 1


@pytest.mark.parametrize("count", [3, 120])
def test_queries_of_a_klant_do_not_grow(
    peer: RunningPeer,
    bron: RolBron,
    admin_client: Client,
    count: int,
    django_assert_max_num_queries: Any,
) -> None:
    klant = make_klant()
    peer.force(*[peer.row(url_of(klant)) for _ in range(count)])
    request_klant(klant)
    work()
    url = reverse("admin:klanten_plugin_klant_change", args=[klant.pk])
    with django_assert_max_num_queries(14):
        page(admin_client, url)


def test_other_api_roots_of_a_service(
    cm: RunningPeer, bronnen: list[RolBron], admin_client: Client
) -> None:
    """The administrator adds the roots that the page of the bron reports as missing."""
    bron, owner = bronnen[0], "http://owner.internal:8000"
    klant = make_klant()
    cm.relate(url_of(klant))
    cm.habit(origin=owner)
    request_pass(bron)
    work()
    url = reverse("admin:klanten_plugin_rolbron_change", args=[bron.pk])
    assert f"URLs onder {owner}/api/v1" in page(admin_client, url)
    response = admin_client.post(url, {"aliases": "geen adres"})
    assert response.status_code == 200
    assert admin_client.post(url, {"aliases": f"{owner}/api/v1"}).status_code == 302
    work()
    assert "In orde." in page(admin_client, url)
    assert klant.rollen.current().count() == 1


def test_unknown_addresses_are_shown(
    bronnen: list[RolBron], admin_client: Client
) -> None:
    root = "http://owner.internal:8000/api/v1"
    UnknownRoot.objects.create(
        bron=bronnen[0], root=root, count=3, last_at=timezone.now()
    )
    assert f"onbekende adressen: {root} (3)" in page(admin_client, BRONNEN)
    set_aliases(bronnen[0], [root])
    assert root not in page(admin_client, BRONNEN)


def test_list_of_other_relations(
    cm: RunningPeer, bronnen: list[RolBron], admin_client: Client
) -> None:
    elsewhere = "https://elders.nl/klanten/1"
    cm.force(cm.row(elsewhere), cm.row("zomaar tekst"), cm.row(url_of(make_klant())))
    request_pass(bronnen[0])
    work()
    others = reverse("admin:klanten_plugin_otherrelatie_changelist")
    text = page(admin_client, others)
    assert elsewhere in text
    assert "geen http- of https-adres" in text
    assert "testserver/klanten/api" not in text
    assert "zomaar tekst" in text
    found = page(admin_client, f"{others}?{urlencode({'q': elsewhere})}")
    assert elsewhere in found
    assert "zomaar tekst" not in found
    one = OtherRelatie.objects.get(klant_url=elsewhere)
    url = reverse("admin:klanten_plugin_otherrelatie_change", args=[one.pk])
    assert elsewhere in page(admin_client, url)
