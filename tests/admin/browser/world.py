"""A register in which every page of the admin has something to show."""

from __future__ import annotations

from django.utils import timezone

from zgw_consumers.models import Service

from klanten_plugin.constants import NhrOutcome, OutboxState, RolSoort
from klanten_plugin.domain.nhr.ownership import MOMENT, OVERRIDDEN, SOURCE, VALUE
from klanten_plugin.models import (
    Klant,
    KlantenConfig,
    KlantRol,
    NhrBron,
    NhrState,
    NhrVerbruik,
    OtherRelatie,
    RolBron,
)
from tests.api_client import ApiClient
from tests.bodies import full_body
from tests.nhr import DONALD, make_service, vestiging
from tests.outbox import add

CM = "https://contactmomenten.example.nl/contactmomenten/api/v1"


def fill(api: ApiClient) -> None:
    """Make a person, a vestiging that the NHR knows, their roles and outbox rows."""
    api.create(**full_body("natuurlijk_persoon"))
    api.create(**vestiging(DONALD, telefoonnummer="0612345678"))
    person, bakery = Klant.objects.order_by("pk")
    _from_nhr(bakery)
    _rollen(person)
    add(
        str(person.uuid), state=OutboxState.GIVEN_UP, last_error="De overkant wil niet."
    )
    add(str(bakery.uuid), attempts=2, last_error="Geen antwoord.")


def _from_nhr(klant: Klant) -> None:
    source = make_service("https://api.kvk.example.nl/api/")
    config = KlantenConfig.get_solo()
    NhrBron.objects.create(config=config, soort="kvk", service=source)
    entry = {VALUE: "0699999999", SOURCE: "KVK", MOMENT: "2026-11-01", OVERRIDDEN: True}
    NhrState.objects.filter(klant=klant).update(
        outcome=NhrOutcome.ACTUEEL,
        checked_at=timezone.now(),
        provenance={"telefoonnummer": entry},
        remarks=[{"veld": "adres", "reden": "Het adres is afgeschermd."}],
    )
    NhrVerbruik.objects.create(maand=timezone.localdate().replace(day=1), betaald=12)


def _rollen(klant: Klant) -> None:
    service = Service.objects.create(
        label="Contactmomenten", slug="cm", api_root=f"{CM}/", api_type="orc"
    )
    KlantenConfig.get_solo().contactmomenten_services.add(service)
    bron = RolBron.objects.get(service=service, soort=RolSoort.CONTACTMOMENTEN)
    now = timezone.now()
    KlantRol.objects.create(
        klant=klant,
        bron=bron,
        url=f"{CM}/klantcontactmomenten/1",
        klant_url=f"http://testserver/klanten/api/v1/klanten/{klant.uuid}",
        klant_uuid=klant.uuid,
        betreft=f"{CM}/contactmomenten/9b2e6e0c-51a3-4b3c-8f6a-0d0d8f8e1d11",
        rol="gesprekspartner",
        first_seen_at=now,
        last_seen_at=now,
    )
    OtherRelatie.objects.create(
        bron=bron,
        key="1",
        url=f"{CM}/klantcontactmomenten/2",
        klant_url="https://elders.example.nl/klanten/1",
        reason="De klant is van een andere Klanten API.",
        seen_at=now,
    )
