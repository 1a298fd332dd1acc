"""The page of a klant: its contents by permission, and its buttons."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import pytest
from vng_api_common.audittrails.models import AuditTrail
from zgw_consumers.models import Service

from klanten_plugin.admin.klanten.bsn import masked
from klanten_plugin.constants import OutboxKind
from klanten_plugin.domain.klanten.write import update_klant
from klanten_plugin.models import KlantRol, NhrState, OutboxRow, RolBron
from klanten_plugin.sync.outbox.run import Run
from tests.api_client import ApiClient
from tests.bodies import KINDS, SUBJECT, full_body
from tests.nhr import DONALD, STICHTING, Peer, shown, stand_of, vestiging, work

from ..pages import form_data, klant_page, only_klant, text_of

BSN = "900222086"
ALL = (
    "view_klant",
    "view_klantrol",
    "view_outboxrow",
    "view_nhrstate",
    "view_audittrail",
)


@pytest.fixture(autouse=True)
def _notifications(settings: Any) -> None:
    settings.NOTIFICATIONS_DISABLED = False


def page(client: Client) -> str:
    return text_of(client.get(klant_page(only_klant())))


def press(client: Client, button: str, **data: Any) -> Any:
    return client.post(klant_page(only_klant(), button), data, follow=True)


def make_rol() -> KlantRol:
    service = Service.objects.create(
        slug="cm", label="Contact", api_type="orc", api_root="https://cm.example.nl/"
    )
    klant, now = only_klant(), timezone.now()
    return KlantRol.objects.create(
        klant=klant,
        klant_uuid=klant.uuid,
        bron=RolBron.objects.create(service=service, soort="contactmomenten"),
        url=f"https://cm.example.nl/{KlantRol.objects.count()}",
        klant_url="https://x.example.nl",
        betreft="https://cm.example.nl/contactmomenten/1",
        rol="gesprekspartner",
        first_seen_at=now,
        last_seen_at=now,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_subject_of_its_own_kind_only(
    beheer: Client, api: ApiClient, kind: str
) -> None:
    api.create(**full_body(kind))
    text = page(beheer)
    titles = {
        "natuurlijk_persoon": "<h2>Natuurlijk persoon</h2>",
        "niet_natuurlijk_persoon": "<h2>Niet-natuurlijk persoon</h2>",
        "vestiging": "<h2>Vestiging</h2>",
    }
    assert [each for each, title in titles.items() if title in text] == [kind]
    assert "<h2>Verblijf buitenland</h2>" in text
    assert ("<h2>Verblijfsadres</h2>" in text) is ("verblijfsadres" in SUBJECT[kind])
    assert "Keizersgracht 117 A 2hg 1015CJ Amsterdam 6030" in text


class TestBsn:
    def test_it_is_masked_everywhere(self, beheer: Client, api: ApiClient) -> None:
        created = api.create(**full_body("natuurlijk_persoon"))
        other = {**SUBJECT["natuurlijk_persoon"], "inpBsn": "111222333"}
        api.patch(created["url"], {"subjectIdentificatie": other})
        text = page(beheer)
        assert "900222086" not in text
        assert "111222333" not in text
        assert masked("111222333") in text
        # the change is in the audit trail nonetheless
        assert f"<del>{masked(BSN)}</del>" in text
        assert not LogEntry.objects.exists()

    def test_it_is_shown_and_that_is_written_down(
        self, beheer: Client, api: ApiClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        api.create(**full_body("natuurlijk_persoon"))
        klant = only_klant()
        with caplog.at_level(logging.INFO, logger="klanten_plugin"):
            response = press(beheer, "bsn")
        assert BSN in text_of(response)
        assert "no-store" in response.headers["Cache-Control"]
        entry = LogEntry.objects.get()
        assert (entry.object_id, entry.get_change_message()) == (
            str(klant.pk),
            "BSN bekeken.",
        )
        assert entry.user.get_username() == "beheer"
        [line] = [each for each in caplog.messages if "bsn_shown" in each]
        assert str(klant.uuid) in line
        assert f"'user': {entry.user_id}" in line or f"user={entry.user_id}" in line
        assert BSN not in caplog.text
        assert BSN not in f"{entry.object_repr} {entry.change_message}"
        # in the logbook of the klant as well
        history = text_of(beheer.get(klant_page(klant, "history")))
        assert "BSN bekeken." in history
        # and it is masked again
        assert BSN not in page(beheer)

    def test_looking_needs_a_permission_of_its_own(
        self, medewerker: Callable[..., Client], api: ApiClient
    ) -> None:
        api.create(**full_body("natuurlijk_persoon"))
        client = medewerker("view_klant", "change_klant")
        assert "/bsn/" not in page(client)
        assert press(client, "bsn").status_code == 403
        assert not LogEntry.objects.exists()

    def test_who_may_see_bsns_may_still_not_see_klanten(
        self, medewerker: Callable[..., Client], api: ApiClient
    ) -> None:
        api.create(**full_body("natuurlijk_persoon"))
        assert press(medewerker("view_bsn"), "bsn").status_code == 403

    def test_looking_is_a_post(self, beheer: Client, api: ApiClient) -> None:
        api.create(**full_body("natuurlijk_persoon"))
        assert beheer.get(klant_page(only_klant(), "bsn")).status_code == 405

    @pytest.mark.parametrize(
        ("bsn", "text"), [("", ""), ("12", "12"), (BSN, "••••••086")]
    )
    def test_masked(self, bsn: str, text: str) -> None:
        assert masked(bsn) == text


@pytest.mark.parametrize(
    ("permission", "title"),
    [
        ("view_klantrol", "Rollen"),
        ("view_outboxrow", "Outbox"),
        ("view_nhrstate", "NHR"),
        ("view_audittrail", "Audit trail"),
    ],
)
def test_each_block_is_for_who_may_see_it(
    medewerker: Callable[..., Client], api: ApiClient, permission: str, title: str
) -> None:
    api.create(
        **full_body("vestiging", subjectIdentificatie={"vestigingsNummer": DONALD})
    )
    make_rol()
    others = {"Rollen", "Outbox", "NHR", "Audit trail"} - {title}
    text = page(medewerker("view_klant", permission))
    assert f">{title}</h2>" in text
    assert not [other for other in others if f">{other}</h2>" in text]


def test_who_may_only_look_has_no_buttons(
    medewerker: Callable[..., Client], api: ApiClient, kvk: Peer
) -> None:
    api.create(**vestiging())
    text = page(medewerker(*ALL))
    for path in ("wijzigen", "delete", "bsn", "teruggeven", "verversen", "rollen"):
        assert klant_page(only_klant(), path) not in text


def test_who_wrote_what(beheer: Client, api: ApiClient, kvk: Peer) -> None:
    created = api.create(**vestiging(), telefoonnummer="0201234567")
    work()
    api.patch(created["url"], {"bedrijfsnaam": "Van ons"})
    contact = {
        row.field: row
        for row in beheer.get(klant_page(only_klant())).context["contact"]
    }
    assert contact["adres"].origin == "NHR (KVK)"
    assert contact["telefoonnummer"].origin == "all - J. Doe"
    name = contact["bedrijfsnaam"]
    assert name.origin.startswith("all - J. Doe; overschreef")
    assert name.moment is not None
    assert contact["functie"].origin == ""
    # KVK has no telephone numbers, so there is nothing to hand back
    fields = [name for name, row in contact.items() if row.may_hand_back]
    assert fields == ["bedrijfsnaam"]


@pytest.mark.parametrize("writer", ["consumer", "beheerder"])
def test_the_kind_of_writer_outlives_the_audit_trail(
    beheer: Client, api: ApiClient, kvk: Peer, writer: str
) -> None:
    created = api.create(**vestiging())
    work()
    if writer == "consumer":
        api.patch(created["url"], {"bedrijfsnaam": "Van ons"})
    else:
        url = klant_page(only_klant(), "wijzigen")
        beheer.post(url, form_data(beheer, url, bedrijfsnaam="Van ons"))
    AuditTrail.objects.all().delete()

    entry = stand_of(created).provenance["bedrijfsnaam"]
    assert (entry["overschreven"], entry["door"]) == (True, writer)
    text = {"consumer": "Een applicatie (via de API)", "beheerder": "Een beheerder"}
    assert f"{text[writer]}; overschreef wat het NHR gaf" in page(beheer)


class TestHandBack:
    def test_the_nhr_replaces_it_again(
        self, beheer: Client, api: ApiClient, kvk: Peer
    ) -> None:
        created = api.create(**vestiging())
        work()
        api.patch(created["url"], {"bedrijfsnaam": "Van ons"})
        text = text_of(press(beheer, "teruggeven", veld="bedrijfsnaam"))
        assert "weer bijgehouden door het NHR" in text
        # until the register responds it isn't changed
        assert shown(created)["bedrijfsnaam"] == "Van ons"
        work()
        assert shown(created)["bedrijfsnaam"] == "Test BV Donald"
        [entry] = LogEntry.objects.all()
        assert entry.change_message == "Teruggegeven aan het NHR: Bedrijfsnaam."

    def test_also_what_the_nhr_never_gave(
        self, beheer: Client, api: ApiClient, kvk: Peer
    ) -> None:
        created = api.create(**vestiging(), bedrijfsnaam="Van ons")
        work()
        assert shown(created)["bedrijfsnaam"] == "Van ons"
        press(beheer, "teruggeven", veld="bedrijfsnaam")
        assert "Teruggegeven aan het NHR" in page(beheer)
        state = NhrState.objects.get()
        url = f"/admin/klanten_plugin/nhrstate/{state.pk}/change/"
        assert "Van ons" in text_of(beheer.get(url))
        work()
        assert shown(created)["bedrijfsnaam"] == "Test BV Donald"

    def test_only_of_this_klant(
        self, beheer: Client, api: ApiClient, kvk: Peer
    ) -> None:
        other, created = (
            api.create(**vestiging(number), bedrijfsnaam="Van ons")
            for number in (STICHTING, DONALD)
        )
        klant = stand_of(created).klant
        beheer.post(klant_page(klant, "teruggeven"), {"veld": "bedrijfsnaam"})
        work()
        assert shown(created)["bedrijfsnaam"] == "Test BV Donald"
        assert shown(other)["bedrijfsnaam"] == "Van ons"

    def test_the_number_was_removed(
        self, beheer: Client, api: ApiClient, kvk: Peer
    ) -> None:
        created = api.create(**vestiging(), bedrijfsnaam="Van ons")
        work()
        without = {"subjectIdentificatie": {"vestigingsNummer": ""}}
        assert api.patch(created["url"], without).status_code == 200
        text = text_of(press(beheer, "teruggeven", veld="bedrijfsnaam"))
        assert "het NHR kent deze klant niet" in text
        # the register's values for that number are removed with it
        assert (work(), stand_of(created).provenance) == (Run(), {})
        assert shown(created)["adres"] is None

    def test_twice(self, beheer: Client, api: ApiClient, kvk: Peer) -> None:
        api.create(**vestiging(), bedrijfsnaam="Van ons")
        for expected in ("weer bijgehouden", "al van het NHR"):
            assert expected in text_of(press(beheer, "teruggeven", veld="bedrijfsnaam"))

    def test_a_klant_that_the_nhr_does_not_know(
        self, beheer: Client, api: ApiClient
    ) -> None:
        api.create(**full_body("natuurlijk_persoon"))
        assert "al van het NHR" in text_of(press(beheer, "teruggeven", veld="adres"))

    @pytest.mark.parametrize("field", ["", "klantnummer"])
    def test_no_such_field(self, beheer: Client, api: ApiClient, field: str) -> None:
        api.create()
        assert press(beheer, "teruggeven", veld=field).status_code == 403


def test_refresh_now(beheer: Client, api: ApiClient, kvk: Peer) -> None:
    created = api.create(**vestiging())
    work()
    kvk_tasks = OutboxRow.objects.filter(kind=OutboxKind.NHR_OVERNAME, state="waiting")
    assert not kvk_tasks.exists()
    assert "opgevraagd bij het NHR: 1" in text_of(press(beheer, "verversen"))
    assert kvk_tasks.count() == 1
    assert shown(created)["bedrijfsnaam"] == "Test BV Donald"


def test_read_roles_now(beheer: Client, api: ApiClient) -> None:
    api.create()
    make_rol()
    text = text_of(press(beheer, "rollen"))
    assert "De rollen worden opgehaald." in text
    assert "Gesprekspartner" in text
    task = OutboxRow.objects.get(kind=OutboxKind.ROL_KLANT)
    assert task.object_key.startswith(str(only_klant().uuid))
    assert "Rollen van een klant ophalen" in page(beheer)


def test_a_page_is_a_constant_number_of_queries(
    beheer: Client, api: ApiClient, kvk: Peer
) -> None:
    api.create(**vestiging())
    klant = only_klant()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(beheer)
        return len(captured)

    few = queries()
    rol = make_rol()
    for number in range(5):
        rol.pk, rol.url = None, f"https://cm.example.nl/n/{number}"
        rol.save(force_insert=True)
        update_klant(klant, {"functie": f"Functie {number}"})
    assert queries() == few
    # session, user, klant, sources, audit (2), roles, services with roles, outbox,
    # possible duplicates (2)
    assert few <= 12


def test_in_english(beheer: Client, api: ApiClient, settings: Any) -> None:
    api.create(**full_body("vestiging"))
    settings.LANGUAGE_CODE = "en"
    text = page(beheer)
    for words in ("Contact details and where they come from", "Trade names", "Log"):
        assert words in text
    assert "Handelsnamen" not in text
