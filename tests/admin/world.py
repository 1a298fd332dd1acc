"""A database with contents for every admin page, and the list of those pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils import timezone

from zgw_consumers.models import Service

from klanten_plugin.constants import DeletionGround, NhrOutcome, OutboxState, RolSoort
from klanten_plugin.domain.klanten.deletion_lists import (
    Employee,
    confirm_deletion_list,
    make_deletion_list,
)
from klanten_plugin.domain.klanten.deletions import DeletionDecision
from klanten_plugin.domain.klanten.duplicates import refresh_duplicates
from klanten_plugin.domain.nhr.ownership import MOMENT, OVERRIDDEN, SOURCE, VALUE
from klanten_plugin.models import (
    Deletion,
    DeletionItem,
    DeletionList,
    Klant,
    KlantenConfig,
    KlantRol,
    NhrBron,
    NhrState,
    NhrVerbruik,
    OtherRelatie,
    OutboxRow,
    RolBron,
)
from tests.api_client import ApiClient
from tests.bodies import full_body
from tests.nhr import DONALD, make_service, vestiging
from tests.outbox import add

from .pages import LIST, STAND, klant_page

ROOT = "/admin/klanten_plugin/"
CM = "https://contactmomenten.gemeente-voorbeeldstad.nl/contactmomenten/api/v1"
ELSEWHERE = "https://klanten.buurgemeente.nl/klanten/api/v1/klanten"
UUID = "9b2e6e0c-51a3-4b3c-8f6a-0d0d8f8e1d11"
PERSON = "natuurlijk_persoon"


def fill(api: ApiClient) -> None:
    """Create two persons, a vestiging that the NHR knows, and all related rows."""
    api.create(**full_body(PERSON))
    long_name = "Internationale Handelsonderneming Van Wassenaer van Obdam Beheer B.V."
    telephone = {"telefoonnummer": "0612345678", "bedrijfsnaam": long_name}
    api.create(**vestiging(DONALD, **telephone))
    again = {
        "klantnummer": "Kn-00003",
        "subjectIdentificatie": {"geslachtsnaam": "Boom"},
    }
    api.create(**full_body(PERSON, **again))
    person, bakery, _other = Klant.objects.order_by("pk")
    _from_nhr(bakery)
    _rollen(person)
    refused = "De Notificaties API antwoordde 403: fout:permission_denied"
    url = f"{ELSEWHERE}/{person.uuid}"
    add(url, state=OutboxState.GIVEN_UP, last_error=f"{refused} ({url}).")
    add(str(bakery.uuid), attempts=2, last_error="Geen antwoord.")
    _deletions(person)
    refresh_duplicates()
    LogEntry.objects.create(
        user_id=_user(),
        content_type=ContentType.objects.get_for_model(Klant),
        object_id=str(person.pk),
        object_repr=str(person),
        action_flag=CHANGE,
        change_message="BSN bekeken.",
    )


def _user() -> int:
    user, _ = get_user_model().objects.get_or_create(username="collega")
    return int(user.pk)


def _from_nhr(klant: Klant) -> None:
    source = make_service("https://api.kvk.example.nl/api/")
    config = KlantenConfig.get_solo()
    NhrBron.objects.create(config=config, soort="kvk", service=source)
    entry = {VALUE: "0699999999", SOURCE: "KVK", MOMENT: "2026-11-01", OVERRIDDEN: True}
    why = "Het NHR gaf een waarde die hier niet past: langer dan 20 tekens."
    NhrState.objects.filter(klant=klant).update(
        outcome=NhrOutcome.ACTUEEL,
        checked_at=timezone.now(),
        provenance={"telefoonnummer": entry},
        remarks=[
            {"veld": "adres", "reden": "Het adres is afgeschermd."},
            {"veld": "website_url", "reden": why},
        ],
    )
    NhrVerbruik.objects.create(
        maand=timezone.localdate().replace(day=1), aanvragen=20, betaald=12
    )


def _rollen(klant: Klant) -> None:
    service = Service.objects.create(
        label="Contactmomenten", slug="cm", api_root=f"{CM}/", api_type="orc"
    )
    KlantenConfig.get_solo().contactmomenten_services.add(service)
    bron = RolBron.objects.get(service=service, soort=RolSoort.CONTACTMOMENTEN)
    now = timezone.now()
    for number, owner in enumerate((klant, None)):
        KlantRol.objects.create(
            klant=owner,
            bron=bron,
            url=f"{CM}/klantcontactmomenten/{number}",
            klant_url=f"{ELSEWHERE}/{klant.uuid}",
            klant_uuid=klant.uuid,
            betreft=f"{CM}/contactmomenten/{UUID}",
            rol="gesprekspartner",
            first_seen_at=now,
            last_seen_at=now,
            retired_at=None if owner else now,
        )
    OtherRelatie.objects.create(
        bron=bron,
        key="1",
        url=f"{CM}/klantcontactmomenten/{UUID}",
        klant_url=f"{ELSEWHERE}/{UUID}",
        reason="De klant is van een andere Klanten API.",
        seen_at=now,
    )
    RolBron.objects.filter(pk=bron.pk).update(
        last_complete_at=now,
        call_error="Antwoordde 403. Controleer client-ID, secret en scopes.",
    )


def _deletions(klant: Klant) -> None:
    """Create a waiting list, a confirmed one, and a line of the register."""
    decision = DeletionDecision(
        DeletionGround.SELECTIELIJST, "Bea Heer", reference="ZAAK-2026-0000012345"
    )
    for name in ("Contacten van voor 2020", "Dubbele inschrijvingen wijkteam Noord"):
        made = make_deletion_list([klant], decision, name, Employee("0", "Bea Heer"))
    confirm_deletion_list(made.pk, Employee("1", "Cor van der Heijden-Smit"))
    now = timezone.now()
    Deletion.objects.create(
        klant_uuid=UUID,
        subject_type=PERSON,
        created_at=now - timedelta(days=900),
        changed_at=now,
        ground=DeletionGround.SELECTIELIJST,
        reference="ZAAK-2026-0000012345",
        decided_by="Bea Heer",
        approved_by="Cor van der Heijden-Smit",
        deletion_list=made,
        removed={"klant": 1, "audittrail": 12},
    )
    DeletionItem.objects.create(
        deletion_list=made, klant_uuid=UUID, state="deleted", settled_at=now
    )


def _klant(page: str = "change", kind: str = PERSON) -> str:
    return klant_page(Klant.objects.filter(subject_type=kind)[0], page)


def merge_page() -> str:
    """Return the URL of the page that compares the first two persons."""
    both = Klant.objects.filter(subject_type=PERSON).order_by("pk")
    name = "admin:klanten_plugin_klant_samenvoegen"
    return reverse(name, args=[one.pk for one in both])


def _row(model: Any) -> str:
    return f"{ROOT}{model._meta.model_name}/{model.objects.latest('pk').pk}/change/"


LISTS = {
    "klanten": "klant",
    "outbox": "outboxrow",
    "nhr": "nhrstate",
    "nhr bill": "nhrverbruik",
    "rollen": "klantrol",
    "bronnen": "rolbron",
    "other relations": "otherrelatie",
    "duplicates": "possibleduplicate",
    "deletion lists": "deletionlist",
    "deletions": "deletion",
}
"""The model names of all pages with a list."""

PAGES: dict[str, Callable[[], str]] = {
    **{name: f"{ROOT}{model}/".__str__ for name, model in LISTS.items()},
    "search": lambda: f"{LIST}?zoek=vergeten",
    "person": _klant,
    "vestiging": lambda: _klant(kind="vestiging"),
    "change": lambda: _klant("wijzigen"),
    "delete": lambda: _klant("delete"),
    "log": lambda: _klant("history"),
    "inzage": lambda: _klant("inzage"),
    "merge": merge_page,
    "kinds": lambda: f"{LIST}add/",
    "add": lambda: f"{LIST}add/?subject_type={PERSON}",
    "status": lambda: STAND,
    "config": lambda: f"{ROOT}klantenconfig/",
    "outbox row": lambda: _row(OutboxRow),
    "nhr of a klant": lambda: _row(NhrState),
    "bill": lambda: _row(NhrVerbruik),
    "rol": lambda: _row(KlantRol),
    "bron": lambda: _row(RolBron),
    "other relation": lambda: _row(OtherRelatie),
    "deletion list": lambda: _row(DeletionList),
    "deletion": lambda: _row(Deletion),
}
"""The URL in the filled database of every page that is reached by a link."""

GONE = f"{LIST}987654321/change/"
"""The page of a klant that doesn't exist (any more)."""
