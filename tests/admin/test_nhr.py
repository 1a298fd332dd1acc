"""The NHR in the admin: its data, usage and actions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core import checks
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

import pytest

from klanten_plugin.models import KlantenConfig, NhrBron, NhrState, OutboxRow
from klanten_plugin.tasks import plan_nhr
from tests.api_client import ApiClient
from tests.nhr import (
    DONALD,
    SHIELDED,
    STICHTING,
    Peer,
    make_service,
    shown,
    vestiging,
    work,
    work_refresh,
)

pytestmark = pytest.mark.skipif(
    not apps.is_installed("django.contrib.admin"), reason="a host without an admin"
)

CONFIG = "admin:klanten_plugin_klantenconfig_change"
STANDS = "admin:klanten_plugin_nhrstate_changelist"


@pytest.fixture
def admin(db: Any) -> Client:
    """A client of a superuser."""
    user = get_user_model().objects.create_superuser("beheer", "b@example.nl", "x")
    client = Client()
    client.force_login(user)
    return client


def page(admin: Client, name: str, *args: Any) -> str:
    response = admin.get(reverse(name, args=args))
    assert response.status_code == 200
    return response.content.decode()


def test_what_could_not_be_taken_over_and_why(
    admin: Client, api: ApiClient, kvk: Peer
) -> None:
    api.create(**vestiging(SHIELDED))
    klant = api.create(**vestiging())
    work()
    api.patch(klant["url"], {"bedrijfsnaam": "Ours"})

    assert "Het register schermt het bezoekadres af." in page(admin, STANDS)
    state = NhrState.objects.get(nummer=DONALD)
    detail = page(admin, "admin:klanten_plugin_nhrstate_change", state.pk)
    assert "<td>Bedrijfsnaam</td><td>Test BV Donald</td><td>KVK</td>" in detail
    assert detail.count("daarna overschreven") == 1
    assert "Hizzaarderlaan 3 A 8823SJ Lollum 6030" in detail


def test_what_the_register_no_longer_says(
    admin: Client, api: ApiClient, kvk: Peer
) -> None:
    klant = api.create(**vestiging(STICHTING))
    other = api.create(**vestiging())
    work()
    del kvk.profiel(STICHTING)["websites"]
    NhrState.objects.update(due_at=timezone.now())
    plan_nhr()
    work_refresh()
    assert shown(klant)["websiteUrl"] == "https://onbekend.invalid"

    state = NhrState.objects.get(nummer=STICHTING)
    detail = page(admin, "admin:klanten_plugin_nhrstate_change", state.pk)
    today = date_format(timezone.localdate(), "SHORT_DATE_FORMAT")
    was = f"stond tot {today} in het NHR: https://www.domeinnaam1.nl"
    assert was in detail
    filtered = admin.get(reverse(STANDS), {"gone__exact": 1}).content.decode()
    assert (STICHTING in filtered, DONALD in filtered) == (True, False)

    # another number, about which nothing is known yet
    api.patch(
        other["url"],
        {
            "subjectType": "vestiging",
            "subjectIdentificatie": {"vestigingsNummer": SHIELDED},
        },
    )
    state = NhrState.objects.get(nummer=SHIELDED)
    detail = page(admin, "admin:klanten_plugin_nhrstate_change", state.pk)
    assert detail.count("van het vorige nummer") == 2


def test_a_number_that_cant_be_looked_up_can_be_found(
    admin: Client, api: ApiClient, kvk: Peer
) -> None:
    api.create(**vestiging("onbekend"))
    state = NhrState.objects.get()
    listed = admin.get(reverse(STANDS), {"outcome__exact": "geen_nummer"})
    assert "Nummer niet op te zoeken" in listed.content.decode()
    detail = page(admin, "admin:klanten_plugin_nhrstate_change", state.pk)
    assert "er is geen nummer om op te zoeken" in detail


def test_an_outage_is_explained_at_the_klant_and_the_configuration(
    admin: Client, api: ApiClient, kvk: Peer
) -> None:
    klant = api.create(**vestiging())
    work()
    kvk.fault("status", status=500, count=1000)
    NhrState.objects.update(due_at=timezone.now() - timedelta(days=7))
    NhrBron.objects.update(failures=4, failing_since=timezone.now() - timedelta(days=7))
    plan_nhr()
    work_refresh()

    assert shown(klant)["bedrijfsnaam"] == "Test BV Donald"
    state = NhrState.objects.get()
    detail = page(admin, "admin:klanten_plugin_nhrstate_change", state.pk)
    for text in ("Geen bron antwoordt", "Aan de beurt sinds", "(5 keer achtereen)"):
        assert text in detail
    config = page(admin, CONFIG)
    assert "KVK antwoordde 500." in config
    assert "Antwoordt niet sinds" in config


def test_the_action_refreshes_now(admin: Client, api: ApiClient, kvk: Peer) -> None:
    klanten = [
        api.create(**vestiging(number)) for number in (DONALD, DONALD, STICHTING)
    ]
    kvk.fault("ipd", code="IPD1003", count=9)
    assert work().failed == 2
    kvk.mend()
    pks = NhrState.objects.values_list("pk", flat=True)
    data = {"action": "verversen", "_selected_action": list(pks)}
    response = admin.post(reverse(STANDS), data, follow=True)

    assert "2 nummers worden opgevraagd." in response.content.decode()
    # including those that were waiting for a retry
    assert work().done == 2
    assert all(shown(klant)["bedrijfsnaam"] for klant in klanten)


def test_the_action_without_a_source(
    admin: Client, api: ApiClient, register: Peer
) -> None:
    api.create(**vestiging())
    pks = NhrState.objects.values_list("pk", flat=True)
    data = {"action": "verversen", "_selected_action": list(pks)}
    response = admin.post(reverse(STANDS), data, follow=True)
    assert "geen bron" in response.content.decode()
    assert not OutboxRow.objects.exists()


def test_rows_are_read_only(admin: Client, api: ApiClient, kvk: Peer) -> None:
    api.create(**vestiging())
    state = NhrState.objects.get()
    url = reverse("admin:klanten_plugin_nhrstate_change", args=[state.pk])
    admin.post(url, {"nummer": STICHTING})
    assert NhrState.objects.get().nummer == DONALD
    assert admin.get(reverse("admin:klanten_plugin_nhrstate_add")).status_code == 403


def test_the_requests_that_were_paid(
    admin: Client, api: ApiClient, kvk: Peer, settings: Any
) -> None:
    settings.KLANTEN_NHR_MONTHLY_BUDGET = 5
    assert "0 van 5 betaalde aanvragen" in page(admin, CONFIG)
    for number in (DONALD, STICHTING, SHIELDED):
        api.create(**vestiging(number))
    work()
    text = page(admin, CONFIG)
    assert "3 van 5 betaalde aanvragen" in text
    assert "80%" not in text

    api.create(**vestiging("000012345679"))
    work()
    assert "Meer dan 80% van het maandbudget van 5" in page(admin, CONFIG)
    api.create(**vestiging("000012345681"))
    work()
    assert "Het maandbudget van 5 betaalde aanvragen aan KVK is op" in page(
        admin, CONFIG
    )
    assert '<td class="field-betaald">5</td>' in page(
        admin, "admin:klanten_plugin_nhrverbruik_changelist"
    )


def test_a_stop_is_shown_and_ends_when_it_is_solved(
    admin: Client, api: ApiClient, kvk: Peer
) -> None:
    klant = api.create(**vestiging())
    kvk.fault("status", status=403)
    work()
    text = page(admin, CONFIG)
    assert "Gestopt" in text
    assert "KVK antwoordde 403. Controleer de inloggegevens." in text

    response = admin.post(reverse(CONFIG), form())
    assert response.status_code == 302
    assert "Gestopt" not in page(admin, CONFIG)
    OutboxRow.objects.update(next_attempt_at=timezone.now())
    work()
    assert shown(klant)["bedrijfsnaam"] == "Test BV Donald"


def form(**fields: Any) -> dict[str, Any]:
    """Return the form of the configuration page, with one source."""
    bron = NhrBron.objects.first()
    prefix = "bronnen"
    data: dict[str, Any] = {
        f"{prefix}-TOTAL_FORMS": 1,
        f"{prefix}-INITIAL_FORMS": 1 if bron else 0,
        f"{prefix}-0-id": bron.pk if bron else "",
        f"{prefix}-0-config": KlantenConfig.get_solo().pk,
        f"{prefix}-0-position": 0,
        f"{prefix}-0-soort": bron.soort if bron else "kvk",
        f"{prefix}-0-service": bron.service_id if bron else "",
        f"{prefix}-0-class_path": "",
        f"{prefix}-0-active": "on",
        "rollen_beleid": "keep",
        "nhr_mutatieservice": "",
        "nhr_abonnement": "",
    }
    return {**data, **{f"{prefix}-0-{name}": value for name, value in fields.items()}}


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"soort": "kvk"}, "Kies een service."),
        ({"soort": "eigen"}, "Geef het pad van de klasse."),
        ({"soort": "eigen", "class_path": "tests.nhr_source.OwnSource"}, None),
    ],
)
def test_a_source_is_complete(
    admin: Client, fields: dict[str, Any], error: str | None
) -> None:
    response = admin.post(reverse(CONFIG), form(**fields))
    assert NhrBron.objects.exists() is (error is None)
    if error:
        assert error in response.content.decode()


def test_a_source_is_chosen(admin: Client, register: Peer, api: ApiClient) -> None:
    service = make_service(f"{register.root}/api/")
    admin.post(reverse(CONFIG), form(service=service.pk))
    klant = api.create(**vestiging())
    work()
    assert shown(klant)["bedrijfsnaam"] == "Test BV Donald"


def found_checks() -> set[str | None]:
    messages = checks.run_checks(include_deployment_checks=False, databases=["default"])
    return {message.id for message in messages}


def test_checks_of_what_is_needed(kvk: Peer, settings: Any) -> None:
    settings.KLANTEN_NHR_LIMITER_URL = ""
    settings.CELERY_BROKER_URL = "amqp://"
    assert "klanten_plugin.W004" in found_checks()
    settings.KLANTEN_NHR_LIMITER_URL = "redis://redis"
    assert "klanten_plugin.W004" not in found_checks()
    NhrBron.objects.all().delete()
    settings.KLANTEN_NHR_LIMITER_URL = ""
    assert "klanten_plugin.W004" not in found_checks()


def test_the_page_of_a_klant_says_what_to_press(
    admin: Client, api: ApiClient, kvk: Peer
) -> None:
    """A button, and nothing to save, because a worker may be writing the row."""
    klant = api.create(**vestiging())
    api.create(**vestiging("onbekend"))
    work()
    state = NhrState.objects.get(nummer=DONALD)
    name = "admin:klanten_plugin_nhrstate_change"
    detail = page(admin, name, state.pk)
    assert 'value="Nu verversen uit het NHR"' in detail
    assert "Opslaan" not in detail
    for heading in ("Veld", "Waarde", "Bron", "Gegeven op", "Bijzonderheid"):
        assert f'<th scope="col">{heading}</th>' in detail

    kvk.profiel(DONALD)["eersteHandelsnaam"] = "Donald 2.0"
    response = admin.post(reverse(name, args=[state.pk]), {}, follow=True)
    assert "1 nummer wordt opgevraagd." in response.content.decode()
    assert work().done == 1
    assert shown(klant)["bedrijfsnaam"] == "Donald 2.0"
    # there is no number for a look-up
    state = NhrState.objects.get(nummer="")
    assert "Nu verversen" not in page(admin, name, state.pk)


@pytest.mark.parametrize("with_signals", [False, True])
def test_when_is_asked_and_what_it_costs(
    admin: Client, api: ApiClient, kvk: Peer, with_signals: bool
) -> None:
    api.create(**vestiging())
    work()
    if with_signals:
        service = NhrBron.objects.get().service
        KlantenConfig.objects.update(nhr_mutatieservice=service)
    config = page(admin, CONFIG)
    days = "na hoogstens 365 dagen" if with_signals else "na hoogstens 180 dagen"
    assert days in config
    assert "Bij het tarief van KVK is dat € 0,02" in config
    listed = page(admin, "admin:klanten_plugin_nhrverbruik_changelist")
    assert '<td class="field-kosten">€ 0,02</td>' in listed
