"""Every rule of the standard has a row in ``docs/standard.md``, with what proves it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from klanten_plugin.api.texts import VALIDATED
from klanten_plugin.api.urls import resources
from tests.api_client import ApiClient, klant_body
from tests.contract import document
from tests.references import ROOT, cells, named_tests, quoted, unknown_tests

PAGE = ROOT / "docs" / "standard.md"

RULES = (
    # each MOET and MAG GEEN of the standard, in its order
    *("oas-1", "oas-2", "oas-3", "oas-4", "oas-5"),
    *("kla-001-1", "kla-001-2", "kla-002-1", "kla-002-2"),
    *("etag-1", "etag-2", "etag-3", "etag-4", "etag-5", "etag-6", "etag-7"),
    # each of the design choices that touches the API, likewise
    *("uuid4", "polymorf", "naamgeving", "groepen", "validatie", "documenteren"),
    *("fouten", "queryparameters", "slash", "nesten", "jwt", "enumeraties"),
)


def rows() -> Iterator[list[str]]:
    """The cells of the rows of every table."""
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


# --- What no other test says of the design choices


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_no_operation_that_the_document_lacks() -> None:
    served = {
        (re.sub(r"<str:(\w+)>", r"{\1}", f"/{each.pattern}"), method)
        for each in resources
        for method in getattr(each.callback, "actions", ())
        if method != "head"
    }
    assert served == {(path, method) for path, method, _operation in operations()}


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
    faults = response.json()["invalidParams"]
    assert sorted(fault["code"] for fault in faults) == ["bad-url", "invalid"]
    for fault in faults:
        assert fault["name"] == "subject"
        assert fault["reason"]


DESCRIBED = {
    "klant_list": {"bronorganisatie", "subject"},
    "klant_create": {
        "bronorganisatie",
        "klantnummer",
        "subject",
        "subjectIdentificatie",
        "subjectIdentificatie.inpBsn",
        "subjectType",
    },
}
DESCRIBED["klant_update"] = DESCRIBED["klant_create"]
DESCRIBED["klant_partial_update"] = DESCRIBED["klant_create"]


def test_an_operation_ends_with_what_it_validates() -> None:
    for _path, _method, operation in operations():
        fields = DESCRIBED.get(operation["operationId"])
        text, found, rules = operation["description"].partition(f"\n\n{VALIDATED}\n")
        assert bool(found) == bool(fields)
        assert text
        if fields:
            # nothing after the last rule
            assert all(line.startswith("- ") for line in rules.splitlines())
            assert set(quoted(rules)) == fields


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
