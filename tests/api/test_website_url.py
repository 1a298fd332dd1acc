"""``websiteUrl``: required by the standard, unless the host configures otherwise."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator

from klanten_plugin.models import Klant
from tests.api_client import ROOT, ApiClient, faults, klant_body
from tests.contract import document

KISS = klant_body(
    websiteUrl=...,
    klantnummer="a_-Z0000",
    subjectIdentificatie={"inpBsn": ""},
)


@pytest.fixture
def lenient(settings: Any) -> None:
    settings.KLANTEN_WEBSITE_URL_REQUIRED = False


@pytest.mark.parametrize(
    ("value", "code"), [(..., "required"), ("", "blank"), (None, "null")]
)
def test_required_by_default(api: ApiClient, value: Any, code: str) -> None:
    response = api.post(klant_body(websiteUrl=value))

    assert faults(response) == {("websiteUrl", code)}


@pytest.mark.usefixtures("lenient")
@pytest.mark.parametrize("body", [KISS, {**KISS, "websiteUrl": ""}])
def test_taken_without(api: ApiClient, body: dict[str, Any]) -> None:
    # responses are validated against the document that is served below
    response = api.post(body, documented=False)

    assert response.status_code == 201, response.content
    created = response.json()
    assert created["websiteUrl"] == ""
    put = api.put(created["url"], body, documented=False)
    assert (put.status_code, put.json()) == (200, created)
    Draft4Validator(_served_schema(api)["websiteUrl"]).validate("")


@pytest.mark.usefixtures("lenient")
@pytest.mark.parametrize(
    ("value", "code"), [("geen url", "invalid"), (None, "null"), (5, "invalid")]
)
def test_not_just_anything(api: ApiClient, value: Any, code: str) -> None:
    assert faults(api.post(klant_body(websiteUrl=value))) == {("websiteUrl", code)}


@pytest.mark.usefixtures("lenient")
def test_emptied(api: ApiClient, klant: dict[str, Any]) -> None:
    response = api.patch(klant["url"], {"websiteUrl": ""}, documented=False)

    assert response.json() == {**klant, "websiteUrl": ""}


def test_what_came_without_can_be_changed_when_it_is_required_again(
    api: ApiClient, settings: Any
) -> None:
    settings.KLANTEN_WEBSITE_URL_REQUIRED = False
    created = api.post(KISS, documented=False).json()
    settings.KLANTEN_WEBSITE_URL_REQUIRED = True

    response = api.patch(created["url"], {"functie": "baas"}, documented=False)

    assert response.json() == {**created, "functie": "baas"}
    assert Klant.objects.get().website_url == ""


def _served_schema(api: ApiClient) -> dict[str, Any]:
    served = api.get(f"{ROOT}/schema/openapi.json").json()
    schema: dict[str, Any] = served["components"]["schemas"]["Klant"]["properties"]
    return schema


@pytest.mark.usefixtures("lenient")
@pytest.mark.parametrize("name", ["openapi.yaml", "openapi.json"])
def test_the_document_says_so(name: str) -> None:
    served = yaml.safe_load(ApiClient().get(f"{ROOT}/{name}").content)

    klant = served["components"]["schemas"]["Klant"]
    assert klant["required"] == ["bronorganisatie", "klantnummer"]
    # without other differences
    klant["required"].insert(1, "websiteUrl")
    klant["properties"]["websiteUrl"]["minLength"] = 1
    assert served == document()
