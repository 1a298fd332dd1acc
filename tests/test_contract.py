"""The document is valid, and has the same contract as the official one."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from openapi_spec_validator import validate

from tests.contract import document
from tests.contract_facts import differences, facts, official_facts, pack, unpack


def test_the_contract() -> None:
    assert differences(official_facts(), facts(document())) == []


def test_the_document_is_valid() -> None:
    validate(deepcopy(document()))


def test_packing_loses_nothing() -> None:
    expanded = facts(document())

    assert unpack(pack(expanded)) == expanded


Edit = Callable[[dict[str, Any]], Any]


def schema(name: str, edit: Edit) -> Edit:
    """Return an edit of one component."""
    return lambda document: edit(document["components"]["schemas"][name])


def operation(edit: Edit, method: str = "get") -> Edit:
    """Return an edit of one operation."""
    return lambda document: edit(document["paths"]["/klanten/{uuid}"][method])


EDITS: dict[str, Edit] = {
    "path": lambda document: document["paths"].pop("/klanten/{uuid}"),
    "one more path": lambda document: document["paths"].update({"/x": {}}),
    "method": lambda document: document["paths"]["/klanten"].pop("post"),
    "operationId": operation(lambda found: found.update(operationId="x")),
    "parameter": operation(lambda found: found["parameters"].pop()),
    "whether a parameter is required, left unsaid": operation(
        lambda found: found["parameters"][0].pop("required")
    ),
    "whether a parameter is required": operation(
        lambda found: found["parameters"][0].update(required=True)
    ),
    "whether a body is required": operation(
        lambda found: found["requestBody"].update(required=False), "patch"
    ),
    "whether a body is required, left unsaid": operation(
        lambda found: found["requestBody"].pop("required"), "patch"
    ),
    "scope": operation(lambda found: found.update(security=[{"JWT-Claims": ["x"]}])),
    "response": operation(lambda found: found["responses"].pop("404")),
    "header": operation(lambda found: found["responses"]["200"]["headers"].pop("ETag")),
    "media type": operation(
        lambda found: found["responses"]["200"].update(
            content={"text/xml": {"schema": {}}}
        )
    ),
    "limit": schema(
        "Klant", lambda found: found["properties"]["functie"].pop("maxLength")
    ),
    "limit of 0": schema(
        "KlantAdres", lambda found: found["properties"]["huisnummer"].pop("minimum")
    ),
    "type": schema(
        "Klant", lambda found: found["properties"]["functie"].update(type="integer")
    ),
    "nullable": schema(
        "Klant", lambda found: found["properties"]["subjectType"].pop("nullable")
    ),
    "enumeration": schema(
        "Klant", lambda found: found["properties"]["subjectType"]["enum"].pop()
    ),
    "required": schema("Klant", lambda found: found["required"].pop()),
    "property": schema("Klant", lambda found: found["properties"].pop("functie")),
    "spelling": schema(
        "SubVerblijfBuitenland",
        lambda found: found["properties"].update(
            subAdresBuitenland_1=found["properties"].pop("subAdresBuitenland1")
        ),
    ),
    "discriminator": schema("Klant", lambda found: found.pop("discriminator")),
    "items": schema(
        "Vestiging",
        lambda found: found["properties"]["handelsnaam"]["items"].pop("maxLength"),
    ),
    "variant": schema("vestiging", lambda found: found["allOf"].pop()),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_difference_is_found(name: str) -> None:
    edited = deepcopy(document())
    EDITS[name](edited)

    assert differences(official_facts(), facts(edited))


@pytest.mark.parametrize("word", ["description", "title", "summary", "example"])
def test_words_make_no_difference(word: str) -> None:
    edited = deepcopy(document())
    for component in edited["components"]["schemas"].values():
        component[word] = "anders"
        for node in component.get("properties", {}).values():
            if "$ref" not in node:
                node[word] = "anders"

    assert differences(official_facts(), facts(edited)) == []
