"""``innNnpId``: an RSIN, or also a KVK-nummer if the host allows it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from klanten_plugin.api.documents import NNP_ID, NNP_ID_OR_KVK_NUMMER
from tests.api_client import ROOT, URL, ApiClient, assert_faults, klant_body
from tests.contract import document

KVK_NUMMER = "69599084"
RSIN = "857587973"
NAME = "subjectIdentificatie.innNnpId"
TOO_SHORT = {"invalid-length", "min_length"}
TOO_LONG = {"invalid-length", "max_length"}


def body(number: str, **fields: Any) -> dict[str, Any]:
    return klant_body(
        subjectType="niet_natuurlijk_persoon",
        subjectIdentificatie={"innNnpId": number},
        **fields,
    )


@pytest.fixture
def lenient(settings: Any) -> None:
    settings.KLANTEN_KVK_NUMMER_AS_NNP_ID = True


@pytest.mark.parametrize("number", [RSIN, ""])
def test_taken_by_default(api: ApiClient, number: str) -> None:
    created = api.create(**body(number, subject="", statutaireNaam="x"))

    assert created["subjectIdentificatie"]["innNnpId"] == number


@pytest.mark.parametrize(
    ("number", "codes"),
    [
        ("857587974", {"invalid"}),
        (KVK_NUMMER, TOO_SHORT),
        ("8575879731", TOO_LONG),
        ("85758797x", {"only-digits"}),
        ("²57587973", {"only-digits"}),
    ],
)
def test_refused_by_default(api: ApiClient, number: str, codes: set[str]) -> None:
    klant = api.create(**body(RSIN))

    for response in (
        api.post(body(number)),
        api.put(klant["url"], body(number)),
        api.patch(klant["url"], {"subjectIdentificatie": {"innNnpId": number}}),
    ):
        assert_faults(response, {NAME: codes})
    assert api.get(klant["url"]).json() == klant


@pytest.mark.usefixtures("lenient")
@pytest.mark.parametrize("number", [KVK_NUMMER, RSIN, ""])
def test_taken_where_the_host_says_so(api: ApiClient, number: str) -> None:
    created = api.create(**body(number))

    changes = {"subjectIdentificatie": {"innNnpId": number}}
    assert api.patch(created["url"], changes).json() == created
    assert api.put(created["url"], body(number)).json() == created
    assert created["subjectIdentificatie"]["innNnpId"] == number


@pytest.mark.usefixtures("lenient")
@pytest.mark.parametrize(
    ("number", "codes"),
    [
        ("857587974", {"invalid"}),
        ("6959908", TOO_SHORT),
        ("6959908x", {"only-digits"}),
        ("٦٩٥٩٩٠٨٤", {"only-digits"}),
    ],
)
def test_not_just_anything(api: ApiClient, number: str, codes: set[str]) -> None:
    assert_faults(api.post(body(number)), {NAME: codes})


def test_a_kvk_nummer_stays_when_it_is_no_longer_taken(
    api: ApiClient, settings: Any
) -> None:
    settings.KLANTEN_KVK_NUMMER_AS_NNP_ID = True
    created = api.create(**body(KVK_NUMMER))
    settings.KLANTEN_KVK_NUMMER_AS_NNP_ID = False

    response = api.patch(created["url"], {"functie": "baas"})

    assert response.json() == {**created, "functie": "baas"}


@pytest.mark.parametrize("value", [KVK_NUMMER, RSIN, "857587974", "Nnp-2", "x" * 50])
def test_a_filter_takes_any_value(api: ApiClient, settings: Any, value: str) -> None:
    settings.KLANTEN_KVK_NUMMER_AS_NNP_ID = True
    klanten = [api.create(**body(number)) for number in (KVK_NUMMER, RSIN)]
    settings.KLANTEN_KVK_NUMMER_AS_NNP_ID = False

    found = api.get(f"{URL}?subjectNietNatuurlijkPersoon__innNnpId={value}").json()

    assert found["results"] == [
        klant for klant in klanten if klant["subjectIdentificatie"]["innNnpId"] == value
    ]


@pytest.mark.usefixtures("lenient")
@pytest.mark.parametrize("name", ["openapi.yaml", "openapi.json"])
def test_the_document_says_so(name: str) -> None:
    text = ApiClient().get(f"{ROOT}/{name}").content.decode()
    served = yaml.safe_load(text)

    operations = [each for item in served["paths"].values() for each in item.values()]
    said = [each for each in operations if NNP_ID_OR_KVK_NUMMER in each["description"]]
    assert {each["operationId"] for each in said} == {
        "klant_create",
        "klant_update",
        "klant_partial_update",
    }
    # without other differences
    for each in said:
        each["description"] = each["description"].replace(NNP_ID_OR_KVK_NUMMER, NNP_ID)
    assert served == document()
