"""Every rule of the standard has a row in ``docs/standard.md``, with proof."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import CharField, EmailField, URLField
from django.http import HttpResponse
from django.urls import URLResolver, path as django_path
from django.utils.http import urlencode
from django.views import View

import pytest
from rest_framework.response import Response
from rest_framework.views import APIView

from klanten_plugin.api.base import NotFoundView
from klanten_plugin.api.callback import CallbackView
from klanten_plugin.api.documents import PublicView
from klanten_plugin.api.filters import PARAMETERS
from klanten_plugin.api.urls import urlpatterns
from klanten_plugin.api.viewsets import KlantViewSet
from tests.api_client import URL, ApiClient, faults, klant_body
from tests.bodies import KINDS, document_fields, full_body, with_values
from tests.contract import document
from tests.openapi import texts
from tests.openapi.texts import VALIDATED
from tests.references import ROOT, cells, named_tests, quoted, unknown_tests

PAGE = ROOT / "docs" / "standard.md"

RULES = (
    # each MOET and MAG GEEN of the standard, in order
    *("oas-1", "oas-2", "oas-3", "oas-4", "oas-5"),
    *("kla-001-1", "kla-001-2", "kla-002-1", "kla-002-2"),
    *("etag-1", "etag-2", "etag-3", "etag-4", "etag-5", "etag-6", "etag-7"),
    # its text on klanten, in addition to their operations
    *("nhr-1", "nhr-2", "rollen-contactmoment", "rollen-verzoek"),
    # each design choice that concerns the API, likewise
    *("uuid4", "polymorf", "naamgeving", "groepen", "validatie", "documenteren"),
    *("fouten", "queryparameters", "slash", "nesten", "jwt", "enumeraties"),
    "relaties",
)


def rows() -> Iterator[list[str]]:
    """Return the cells of the rows of every table."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith("| id |"):
            yield cells(line)


def rule_rows() -> dict[str, list[str]]:
    return {row[0]: row[1:] for row in rows() if row[0] in RULES}


def test_every_rule_has_a_row() -> None:
    first_cells = [row[0] for row in rows() if re.fullmatch(r"[a-z0-9-]+", row[0])]
    ids = [cell for cell in first_cells if cell in RULES]
    assert ids == list(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_its_module_and_tests(rule: str) -> None:
    text, module, tests = rule_rows()[rule]
    assert '"' in text
    (path,) = quoted(module)
    assert path.startswith("klanten_plugin/")
    assert (ROOT / path).is_file()
    assert any("::" in each for each in quoted(tests))


def test_every_test_that_is_named_is_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert named_tests(text)
    assert unknown_tests(text) == set()


# --- Design choices that no other test covers


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


BESIDE_THE_API = (NotFoundView, PublicView, CallbackView)
"""Views that aren't operations: 404, public ones, and callbacks."""
API = "v1"


def served(patterns: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield path and view of every URL below ``patterns``."""
    for each in patterns:
        text = str(each.pattern).removeprefix("^").replace("(?P<version>1)", "1")
        path = prefix + re.sub(r"<str:(\w+)>", r"{\1}", text)
        if isinstance(each, URLResolver):
            yield from served(each.url_patterns, path)
        else:
            yield path, each.callback


def served_operations(patterns: Any) -> set[tuple[str, str]]:
    """Yield path and method of each operation, for any kind of view.

    Except views outside the API, which must be read-only if they are under its root.
    """
    found = set()
    for path, view in served(patterns):
        cls = getattr(view, "cls", None) or getattr(view, "view_class", None)
        methods = getattr(view, "actions", None) or [
            name
            for name in getattr(cls, "http_method_names", ())
            if hasattr(cls, name) and name != "options"
        ]
        methods = methods or ["any"]
        if isinstance(cls, type) and issubclass(cls, BESIDE_THE_API):
            is_harmless = {*methods} <= {"get", "head"}
            assert is_harmless or not path.startswith(API), path
            continue
        found |= {
            (path.removeprefix(API), method) for method in methods if method != "head"
        }
    return found


def documented_operations() -> set[tuple[str, str]]:
    return {(path, method) for path, method, _operation in operations()}


def test_no_operation_that_the_document_lacks() -> None:
    assert served_operations(urlpatterns) == documented_operations()


class PlainView(APIView):
    """A view without actions."""

    def get(self, request: Any) -> Response:
        return Response()


class Export(KlantViewSet):
    """A viewset with an additional action."""


ADDED = {
    "a view": django_path("v1/rollen", PlainView.as_view()),
    "a function": django_path("v1/export", lambda request: HttpResponse()),
    "a view of a klant": django_path("v1/klanten/<str:uuid>/rollen", View.as_view()),
    "an action": django_path("v1/klanten/_zoek", Export.as_view({"post": "list"})),
    "a method": django_path("v1/klanten", Export.as_view({"delete": "destroy"})),
    "outside the version": django_path("rollen", PlainView.as_view()),
}


@pytest.mark.parametrize("name", ADDED)
def test_an_operation_that_is_added_is_found(name: str) -> None:
    found = served_operations([*urlpatterns, ADDED[name]])

    assert found - documented_operations()


def test_no_path_ends_with_a_slash() -> None:
    assert not [path for path, *_rest in operations() if path.endswith("/")]


def test_one_level_of_nesting() -> None:
    parents = {path.count("{") - path.endswith("}") for path, *_rest in operations()}
    assert parents == {0, 1}


def test_a_uuid_is_of_version_4(api: ApiClient) -> None:
    klant = api.create()
    (line,) = api.audit_lines(klant)
    for text in (klant["url"].rpartition("/")[2], line["uuid"]):
        assert UUID(text).version == 4
        assert str(UUID(text)) == text


def test_two_faults_of_one_field_are_two_objects(api: ApiClient) -> None:
    response = api.post(klant_body(subject="geen url"))
    assert response.status_code == 400
    found = response.json()["invalidParams"]
    assert sorted(fault["code"] for fault in found) == ["bad-url", "invalid"]
    for fault in found:
        assert fault["name"] == "subject"
        assert fault["reason"]


def described_rules(operation_id: str) -> list[str]:
    """Return the rules in the description of an operation, one per line."""
    for _path, _method, operation in operations():
        if operation["operationId"] == operation_id:
            text, _heading, rules = operation["description"].partition(
                f"\n\n{VALIDATED}\n"
            )
            assert text
            # nothing after the last rule
            assert all(line.startswith("- ") for line in rules.splitlines())
            return [line.removeprefix("- ") for line in rules.splitlines()]
    raise AssertionError(operation_id)


OF_A_VALUE = "geldigheid van "
"""Start of a rule on one field, as opposed to the complete klant."""


def described_values(operation_id: str) -> set[str]:
    """Return the fields whose value has a special rule."""
    rules = described_rules(operation_id)
    return {quoted(rule)[0] for rule in rules if rule.startswith(OF_A_VALUE)}


WRITES = {
    "klant_create": "POST",
    "klant_update": "PUT",
    "klant_partial_update": "PATCH",
}


def test_only_operations_that_validate_say_so() -> None:
    ids = [operation["operationId"] for *_where, operation in operations()]
    assert {name for name in ids if described_rules(name)} == {"klant_list", *WRITES}


def right_by_the_document(field: Any) -> str:
    """Return a value that the schema of the field allows, but its rule doesn't."""
    if isinstance(field, URLField):
        return "https://nergens.invalid/1"
    return "zoe@example.nl" if isinstance(field, EmailField) else "x"


@pytest.mark.parametrize("operation_id", WRITES)
def test_every_value_that_is_refused_beyond_the_schema_is_described(
    api: ApiClient, settings: Any, operation_id: str
) -> None:
    # no request is sent, because it doesn't exist
    settings.KLANTEN_SUBJECT_HOSTS = "services"
    refused: set[str] = set()
    for kind in KINDS:
        url = api.post(full_body(kind, klantnummer=kind[:8])).json()["url"]
        values = {
            path: right_by_the_document(field)
            for path, field in document_fields(kind)
            if isinstance(field, CharField) and not field.choices
        }
        path = URL if operation_id == "klant_create" else url
        body = with_values(full_body(kind), values)
        response = api.request(WRITES[operation_id], path, body)
        refused |= {name for name, _code in faults(response)}
    assert refused == described_values(operation_id)


def test_every_filter_that_is_refused_beyond_the_schema_is_described(
    api: ApiClient,
) -> None:
    parameters = [name for name in PARAMETERS if name != "subjectType"]
    response = api.get(f"{URL}?{urlencode(dict.fromkeys(parameters, 'x'))}")
    refused = {name for name, _code in faults(response)}
    assert refused == described_values("klant_list")


OTHER_TYPE = {"subjectType": "vestiging"}
OF_THE_WHOLE: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    texts.UNIQUE: ({"klantnummer": "taken"}, ("nonFieldErrors", "unique")),
    texts.SUBJECT_GIVEN: (
        {"subject": "", "subjectType": ..., "subjectIdentificatie": ...},
        ("nonFieldErrors", "invalid-subject"),
    ),
    texts.SUBJECT_TYPE: ({"subjectType": ...}, ("subjectType", "required")),
    texts.SUBJECT_TYPE_CHANGED: (
        OTHER_TYPE,
        ("subjectType", "wijzigen-niet-toegelaten"),
    ),
}
"""Rules on a complete klant, each with a change that violates it."""
WITH_A_TYPE = (texts.UNIQUE, texts.SUBJECT_TYPE_CHANGED)
"""Those of them that require the existing klant to have a type."""


@pytest.mark.parametrize("operation_id", WRITES)
def test_every_rule_of_the_whole_is_kept(api: ApiClient, operation_id: str) -> None:
    taken = api.create(klantnummer="taken")
    described = {
        rule
        for rule in described_rules(operation_id)
        if not rule.startswith(OF_A_VALUE)
    }
    assert described == {*OF_THE_WHOLE} - (
        {texts.SUBJECT_TYPE_CHANGED} if operation_id == "klant_create" else set()
    )
    typeless = {
        "subject": taken["url"].replace("testserver", "localhost"),
        "subjectType": ...,
        "subjectIdentificatie": ...,
    }
    for rule in described:
        changes, fault = OF_THE_WHOLE[rule]
        path = URL
        if operation_id != "klant_create":
            before = {} if rule in WITH_A_TYPE else typeless
            response = api.post(klant_body(**before), headers={"Host": "localhost"})
            path = response.json()["url"]
        response = api.request(
            WRITES[operation_id],
            path,
            klant_body(**changes),
            headers={"Host": "localhost"},
        )
        assert faults(response) == {fault}, rule


def enumerations(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if isinstance(node.get("enum"), list):
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from enumerations(child)


def test_enumerations_say_what_their_values_mean() -> None:
    found = list(enumerations(document()["components"]["schemas"]))
    assert len(found) == 4
    for schema in found:
        values = re.findall(r"^\* `(.+?)` - .+", schema["description"], re.MULTILINE)
        assert values == schema["enum"]
