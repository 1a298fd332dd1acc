"""The registries are consistent: models, serializers, representation, document."""

from __future__ import annotations

from typing import Any

from django.db import models

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from klanten_plugin.api.filters import FILTERS, PARAMETERS
from klanten_plugin.api.serializers import KlantSerializer, serializer_for
from klanten_plugin.api.viewsets import KlantAuditTrailViewSet, KlantViewSet
from klanten_plugin.constants import SCOPES, KlantType
from klanten_plugin.domain.klanten.bitmaps import field_of
from klanten_plugin.domain.klanten.representation import api_name, represent_klant
from klanten_plugin.models import SUBJECTS, Klant, KlantAdres, Subject
from klanten_plugin.models.groups import (
    Group,
    owned_groups,
    value_fields,
)
from klanten_plugin.models.subjects import subject_accessor
from tests.api_client import ApiClient
from tests.bodies import KINDS, document_fields, full_body
from tests.contract import document
from tests.openapi.texts import COMPONENTS, OPERATIONS


def leaves(base: type[models.Model]) -> set[type[models.Model]]:
    """Return the tables of a kind."""
    return {
        model
        for below in base.__subclasses__()
        for model in ({below} if not below._meta.abstract else leaves(below))
    }


def test_every_type_has_its_subject() -> None:
    assert set(SUBJECTS) == set(KlantType)
    assert set(SUBJECTS.values()) == leaves(Subject)
    for subject_type, model in SUBJECTS.items():
        relation = Klant._meta.get_field(subject_accessor(subject_type))
        assert relation.related_model is model


def test_every_group_is_owned_by_a_klant() -> None:
    owned, waiting = set(), [Klant]
    while waiting:
        groups = owned_groups(waiting.pop()).values()
        owned |= set(groups)
        waiting += groups

    assert owned == leaves(Group)


@pytest.mark.parametrize("model", leaves(Group), ids=lambda model: model.__name__)
def test_a_serializer_has_every_field_of_its_table(model: Any) -> None:
    fields = [field.name for field in value_fields(model)]

    serializer = serializer_for(model)()
    assert [*serializer.fields] == [*fields, *owned_groups(model)]
    # prepared once, but bound to the serializer of a request
    for field in serializer.fields.values():
        assert getattr(field, "child", field).root is serializer


def test_the_serializer_of_a_klant_has_every_field_of_its_table() -> None:
    fields = {field.name for field in value_fields(Klant)}

    assert set(KlantSerializer().fields) == {
        *fields,
        "adres",
        "subject_identificatie",
    }


def test_no_column_is_forgotten() -> None:
    """Columns that aren't values are keys, or listed here."""
    for model in (Klant, *leaves(Group)):
        other = set(model._meta.concrete_fields) - set(value_fields(model))
        names = {field.name for field in other if not field.is_relation}
        expected = {"id", "uuid", "etag"} if model is Klant else {"id"}
        assert names == expected, model


@pytest.mark.parametrize("kind", KINDS)
def test_the_representation_shows_every_field(kind: str) -> None:
    """For a klant with all fields, none is missing from the bodies of the tests."""
    body = full_body(kind)
    for path, _field in document_fields(kind):
        value: Any = body
        for name in path:
            value = value[name]

    klant = Klant(subject_type=kind, adres=KlantAdres())
    setattr(klant, subject_accessor(kind), SUBJECTS[KlantType(kind)]())
    shown = represent_klant(klant, "https://example.nl/1")
    assert shown.keys() == {"url", *body}
    for group in ("adres", "subjectIdentificatie"):
        assert shown[group].keys() == body[group].keys()


@pytest.mark.parametrize("kind", KINDS)
def test_the_document_has_every_field(kind: str) -> None:
    schemas = document()["components"]["schemas"]
    names = {path[-1] for path, field in document_fields(kind)}
    documented = set()
    for component in ("Klant", SUBJECTS[KlantType(kind)].__name__, "KlantAdres"):
        documented |= set(schemas[component]["properties"])
    for group in owned_groups(SUBJECTS[KlantType(kind)]).values():
        documented |= set(schemas[group.__name__]["properties"])

    assert documented == {"url", *names} - {"subjectIdentificatie"}


def test_every_operation_has_its_texts() -> None:
    operations = {
        operation["operationId"]
        for item in document()["paths"].values()
        for operation in item.values()
    }

    assert set(OPERATIONS) == operations


def test_every_component_has_its_text() -> None:
    assert set(COMPONENTS) <= set(document()["components"]["schemas"])
    for model in (Klant, *leaves(Group)):
        assert COMPONENTS[model.__name__]


def test_every_action_asks_for_a_scope() -> None:
    documented = {
        scope
        for item in document()["paths"].values()
        for operation in item.values()
        for scheme in operation["security"]
        for scope in scheme["JWT-Claims"]
    }
    asked = {
        str(scope)
        for view in (KlantViewSet, KlantAuditTrailViewSet)
        for scope in view.required_scopes.values()
    }

    assert asked == documented == set(SCOPES)


def test_every_filter_has_a_field_with_an_index() -> None:
    assert set(FILTERS) == set(PARAMETERS)
    assert set(PARAMETERS) | {"page"} == {
        parameter["name"]
        for parameter in document()["paths"]["/klanten"]["get"]["parameters"]
        if parameter["in"] == "query"
    }
    for lookup in PARAMETERS.values():
        field = field_of(lookup)
        meta = field.model._meta
        indexed = {index.fields[0] for index in meta.indexes}
        indexed |= {
            constraint.fields[0]
            for constraint in meta.constraints
            if hasattr(constraint, "fields")
        }
        assert field.name in indexed, lookup


# --- the representation has the values that serializers accept

BSNS = ("", "900222086", "123456782", "111222333")
TEXT = st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")
SPECIAL: dict[str, st.SearchStrategy[Any]] = {
    "bronorganisatie": st.sampled_from([*BSNS[1:], "000000012"]),
    "website_url": st.sampled_from(
        ["https://example.nl/?a=é", "http://a.example:8/c#d"]
    ),
    "emailadres": st.sampled_from(["", "zoe@example.nl", "a+b@c.d.example"]),
    "inp_bsn": st.sampled_from(BSNS),
    "inp_a_nummer": st.sampled_from(["", "1234567890", "9000000000"]),
    "inn_nnp_id": st.sampled_from(["", "857587973", "123456782"]),
}


def text(field: Any) -> st.SearchStrategy[str]:
    """Generate text that a consumer can write here, without surrounding white space."""
    least = 0 if field.blank else 1
    written = st.text(TEXT, min_size=least, max_size=min(field.max_length, 40))
    return written.filter(lambda value: value == value.strip())


def values(field: Any) -> st.SearchStrategy[Any]:
    """Generate values that the document allows for a field."""
    if field.name in SPECIAL:
        return SPECIAL[field.name]
    if field.choices:
        return st.sampled_from(["", *(value for value, _label in field.choices)])
    if isinstance(field, models.IntegerField):
        return st.none() | st.integers(0, 99_999)
    if hasattr(field, "base_field"):
        return st.lists(text(field.base_field), max_size=3)
    return text(field)


def groups(model: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Generate valid groups, with any fields, and nested groups or `null` for them."""
    fields = {field: values(field) for field in value_fields(model)}
    required = {
        api_name(field.name): fields[field] for field in fields if not field.blank
    }
    optional = {api_name(field.name): fields[field] for field in fields if field.blank}
    optional |= {
        api_name(accessor): st.none() | groups(group)
        for accessor, group in owned_groups(model).items()
    }
    return st.fixed_dictionaries(required, optional=optional)


def bodies() -> st.SearchStrategy[dict[str, Any]]:
    """Generate valid klanten without a klantnummer, which the API assigns."""

    def of_kind(kind: str) -> st.SearchStrategy[dict[str, Any]]:
        own = {
            api_name(field.name): values(field)
            for field in value_fields(Klant)
            if field.name not in ("klantnummer", "subject", "subject_type")
        }
        required = {name: own.pop(name) for name in ("bronorganisatie", "websiteUrl")}
        subject = groups(SUBJECTS[KlantType(kind)]).filter(bool)
        return st.fixed_dictionaries(
            {**required, "subjectType": st.just(kind), "subjectIdentificatie": subject},
            optional={**own, "adres": st.none() | groups(KlantAdres)},
        )

    return st.sampled_from(KINDS).flatmap(of_kind)


def shown(model: Any, sent: Any) -> Any:
    """Return the representation of a group: empty values for absent ones."""
    if not sent:
        return None
    empty = {api_name(field.name): field.get_default() for field in value_fields(model)}
    nested = {
        api_name(accessor): shown(group, sent.get(api_name(accessor)))
        for accessor, group in owned_groups(model).items()
    }
    return {**empty, **sent, **nested}


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sent=bodies())
def test_what_is_sent_comes_back(api: ApiClient, sent: dict[str, Any]) -> None:
    created = api.post(sent)

    assert created.status_code == 201, created.content
    body = created.json()
    subject = SUBJECTS[KlantType(sent["subjectType"])]
    own = {api_name(field.name): field.get_default() for field in value_fields(Klant)}
    assert body == {
        **own,
        **sent,
        "url": body["url"],
        "klantnummer": body["klantnummer"],
        "adres": shown(KlantAdres, sent.get("adres")),
        "subjectIdentificatie": shown(subject, sent["subjectIdentificatie"]),
    }
    assert api.get(body["url"]).json() == body
    # idempotent
    assert api.put(body["url"], sent).json() == body
    assert api.patch(body["url"], body).json() == body
