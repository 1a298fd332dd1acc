"""The compiled read query returns the same as the models and serializers."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

import orjson
import pytest
from hypothesis import HealthCheck, given, settings

from klanten_plugin.api.audit_lines import represent_lines
from klanten_plugin.domain.klanten.audittrail import audit_lines
from klanten_plugin.domain.klanten.locking import lock_klant
from klanten_plugin.domain.klanten.reading import (
    load_klant,
    read_klant,
    read_klanten,
)
from klanten_plugin.domain.klanten.representation import api_name, represent_klant
from klanten_plugin.models import SUBJECTS, Klant
from klanten_plugin.models.groups import group_paths, owned_groups
from klanten_plugin.models.subjects import subject_accessor
from tests.api_client import ApiClient
from tests.bodies import full_body
from tests.openapi.audittrail import AuditTrailSerializer
from tests.test_registries import bodies

COLLECTION = "https://example.nl/klanten"

pytestmark = pytest.mark.django_db


def assert_same() -> None:
    """Compare byte for byte, each klant alone and all of them on a page."""
    klanten = list(Klant.objects.select_related(*group_paths(Klant)).order_by("pk"))
    expected = [
        represent_klant(klant, f"{COLLECTION}/{klant.uuid}") for klant in klanten
    ]

    page = read_klanten([klant.pk for klant in reversed(klanten)], COLLECTION)

    assert orjson.dumps(page) == orjson.dumps(expected)
    for klant, body in zip(klanten, expected, strict=True):
        found = read_klant(klant.uuid, COLLECTION)
        assert found is not None
        assert (found[0], found[0].etag) == (klant, klant.etag)
        assert orjson.dumps(found[1]) == orjson.dumps(body)
        loaded = load_klant(klant.uuid)
        assert loaded is not None
        assert rows_of(loaded) == rows_of(klant)
        with transaction.atomic():
            locked = lock_klant(klant.pk)
        assert rows_of(locked) == rows_of(klant)
        assert state_of(locked) == state_of(Klant.objects.get(pk=klant.pk))


def state_of(klant: Klant) -> dict[str, Any] | None:
    """Return the columns of the NHR state of the klant."""
    state = getattr(klant, "nhr_state", None)
    return state and {
        each.attname: getattr(state, each.attname) for each in _columns(state)
    }


def rows_of(row: Any) -> dict[str, Any]:
    """Return the columns of a row and of all groups below it, without a query."""
    columns = {each.attname: getattr(row, each.attname) for each in _columns(row)}
    cached = {
        name: row._meta.get_field(name).get_cached_value(row)
        for name in owned_groups(type(row))
    }
    groups = {name: group and rows_of(group) for name, group in cached.items()}
    return {**columns, **groups, "new": row._state.adding, "db": row._state.db}


def _columns(row: Any) -> Any:
    return row._meta.concrete_fields


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sent=bodies())
def test_any_klant(api: ApiClient, sent: dict[str, Any]) -> None:
    assert api.post(sent).status_code == 201

    assert_same()


@pytest.mark.parametrize("subject_type", ["", *SUBJECTS])
def test_a_klant_without_groups(subject_type: str) -> None:
    Klant.objects.create(
        bronorganisatie="123456782", klantnummer="1", subject_type=subject_type
    )

    assert_same()


@pytest.mark.parametrize("subject_type", SUBJECTS)
def test_a_subject_with_nothing_in_it(subject_type: Any) -> None:
    klant = Klant.objects.create(
        bronorganisatie="123456782", klantnummer="1", subject_type=subject_type
    )
    SUBJECTS[subject_type].objects.create(klant=klant)

    assert_same()
    klant = Klant.objects.select_related(subject_accessor(subject_type)).get()
    assert getattr(klant, subject_accessor(subject_type)).pk


def test_lines_of_the_audit_trail(api: ApiClient, klant: dict[str, Any]) -> None:
    api.patch(klant["url"], {"voornaam": "Zoë"})
    lines = audit_lines(Klant.objects.get())

    expected = [
        {
            api_name(name): value
            for name, value in AuditTrailSerializer(line).data.items()
        }
        for line in lines
    ]

    assert len(expected) == 2
    assert orjson.dumps(represent_lines(lines)) == orjson.dumps(expected)


def test_the_plan_expects_one_row_per_klant(api: ApiClient) -> None:
    """Higher estimates make PostgreSQL compile the query (JIT), which takes a second."""
    api.create(**full_body("natuurlijk_persoon"))
    klant = Klant.objects.get()
    with CaptureQueriesContext(connection) as captured:
        read_klant(klant.uuid, COLLECTION)
    (query,) = captured.captured_queries
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {query['sql']}")
        ((plan,),) = cursor.fetchone()
    assert plan["Plan"]["Plan Rows"] == 1
