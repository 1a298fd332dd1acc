"""The rules for writes without HTTP: workers, commands, code of the host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

import pytest
from vng_api_common.audittrails.models import AuditTrail

from klanten_plugin.domain.klanten import write as klanten
from klanten_plugin.domain.klanten.changes import Actor, ChangeContext
from klanten_plugin.domain.klanten.write import create_klant, delete_klant, update_klant
from klanten_plugin.exceptions import RuleViolation
from klanten_plugin.models import (
    Klant,
    KlantAdres,
    NatuurlijkPersoon,
    SubVerblijfBuitenland,
    Vestiging,
)

VALUES: dict[str, Any] = {
    "bronorganisatie": "123456782",
    "website_url": "https://example.nl/",
    "subject_type": "vestiging",
    "subject_identificatie": {"vestigings_nummer": "1"},
}

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_change_without_a_request_has_its_line_too(
    settings: Any, scheme: str
) -> None:
    settings.IS_HTTPS = scheme == "https"
    klant = create_klant(VALUES)
    update_klant(klant, {"achternaam": "Boom"}, ChangeContext(partial=True))
    context = ChangeContext(Actor(applicatie_id="worker"), "https://a.nl/klanten")
    update_klant(klant, {"achternaam": ""}, context)

    lines = AuditTrail.objects.order_by("pk")

    assert [line.actie for line in lines] == ["create", "partial_update", "update"]
    assert [line.applicatie_id for line in lines] == ["", "", "worker"]
    assert lines[2].hoofd_object == f"https://a.nl/klanten/{klant.uuid}"
    # at the address of the suite
    assert lines[0].hoofd_object.endswith(f"/klanten/api/v1/klanten/{klant.uuid}")
    assert lines[0].hoofd_object.startswith(f"{scheme}://")
    assert lines[1].oud == lines[0].nieuw


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"subject_type": ""}, "required", "subject_type"),
        ({"subject_identificatie": {}}, "invalid-subject", None),
    ],
)
def test_a_new_klant_keeps_the_rules(values: Any, code: str, field: str | None) -> None:
    with pytest.raises(RuleViolation) as refused:
        create_klant({**VALUES, **values})

    assert (refused.value.code, refused.value.field) == (code, field)
    assert Klant.objects.count() == 0


def test_a_changed_klant_keeps_the_rules() -> None:
    klant = create_klant(VALUES)

    with pytest.raises(RuleViolation) as refused:
        update_klant(klant, {"subject_type": "natuurlijk_persoon"})

    assert refused.value.code == "wijzigen-niet-toegelaten"


def test_a_number_that_somebody_else_took_a_moment_earlier(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    create_klant({**VALUES, "klantnummer": "1"})
    monkeypatch.setattr(klanten, "free_klantnummers", lambda _of: iter("123"))

    assert create_klant(VALUES).klantnummer == "2"
    # an error that another number wouldn't fix is raised unchanged
    with pytest.raises(IntegrityError):
        create_klant({**VALUES, "bronorganisatie": "a"})


@pytest.mark.parametrize(
    ("values", "waits"),
    [
        ({"voornaam": "Noor"}, False),
        ({"bronorganisatie": "123456782", "klantnummer": "1"}, False),
        ({"klantnummer": "2"}, True),
        ({"bronorganisatie": "517439943"}, True),
        ({"bronorganisatie": "517439943", "klantnummer": "2"}, True),
    ],
)
def test_only_who_gets_another_number_waits_for_others_who_do(
    values: dict[str, Any], waits: bool
) -> None:
    klant = create_klant({**VALUES, "klantnummer": "1"})

    with CaptureQueriesContext(connection) as captured:
        update_klant(klant, values)

    statements = [query["sql"] for query in captured.captured_queries]
    assert any("pg_advisory_xact_lock" in sql for sql in statements) is waits


def test_a_change_starts_from_what_is_there_now() -> None:
    old = create_klant(VALUES)
    update_klant(Klant.objects.get(), {"achternaam": "Boom", "functie": "Bakker"})

    changed = update_klant(old, {"achternaam": ""})

    assert (changed.achternaam, changed.functie) == ("", "Bakker")


def test_a_klant_that_is_gone_by_now() -> None:
    klant = create_klant(VALUES)
    delete_klant(Klant.objects.get())

    with pytest.raises(Klant.DoesNotExist):
        update_klant(klant, {"achternaam": "Boom"})
    with pytest.raises(Klant.DoesNotExist):
        delete_klant(klant)
    assert AuditTrail.objects.count() == 0


def add_buitenland(**owners: Any) -> None:
    """Insert a group of these owners."""
    SubVerblijfBuitenland.objects.create(
        lnd_landcode="1", lnd_landnaam="België", **owners
    )


UNRULY: dict[str, Callable[[Klant, Klant], Any]] = {
    "unique": lambda _one, _two: Klant.objects.update(klantnummer="1"),
    "bronorganisatie": lambda _one, _two: Klant.objects.update(bronorganisatie="a"),
    "klantnummer": lambda one, _two: Klant.objects.filter(pk=one.pk).update(
        klantnummer=""
    ),
    "type": lambda _one, _two: Klant.objects.update(subject_type="bogus"),
    "another kind": lambda one, _two: NatuurlijkPersoon.objects.create(klant=one),
    "a second subject": lambda one, _two: Vestiging.objects.create(klant=one),
    "huisnummer": lambda one, _two: KlantAdres.objects.create(klant=one, huisnummer=-1),
    "no owner": lambda _one, _two: add_buitenland(),
    "two owners": lambda one, two: add_buitenland(
        vestiging=one.subject_vestiging,
        natuurlijk_persoon=two.subject_natuurlijk_persoon,
    ),
}


@pytest.mark.parametrize("name", UNRULY)
def test_the_database_keeps_what_no_rule_may_break(name: str) -> None:
    person = {
        "subject_type": "natuurlijk_persoon",
        "subject_identificatie": {"inp_bsn": "900222086"},
    }
    one, two = create_klant(VALUES), create_klant({**VALUES, **person})

    with pytest.raises(IntegrityError):
        UNRULY[name](one, two)
