"""The 19 query parameters of the collection."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from klanten_plugin.api.filters import PARAMETERS
from klanten_plugin.api.parsers import field_name
from klanten_plugin.models import Klant
from tests.api_client import URL, ApiClient, codes_by_name, faults
from tests.bodies import full_body

SUBJECT = "https://subjecten.example.nl/Subjecten/7?a=b&c=d"

BY_KIND: dict[str, dict[str, str]] = {
    "natuurlijk_persoon": {
        "bronorganisatie": "123456782",
        "klantnummer": "Kn-1",
        "bedrijfsnaam": "Bakker & Co = goed",
        "functie": "Bakker",
        "achternaam": "Boom",
        "telefoonnummer": "+31 20 1",
        "emailadres": "Een@example.nl",
        "adres__straatnaam": "Keizersgracht",
        "adres__postcode": "1015CJ",
        "adres__woonplaatsNaam": "Amsterdam",
        "adres__landcode": "603A",
        "subject": SUBJECT,
        "subjectType": "natuurlijk_persoon",
        "subjectNatuurlijkPersoon__inpBsn": "900222086",
        "subjectNatuurlijkPersoon__anpIdentificatie": "Anp-1",
        "subjectNatuurlijkPersoon__inpA_nummer": "1234567890",
    },
    "niet_natuurlijk_persoon": {
        "bronorganisatie": "517439943",
        "klantnummer": "Kn-2",
        "bedrijfsnaam": "Zonen",
        "subjectType": "niet_natuurlijk_persoon",
        "subjectNietNatuurlijkPersoon__innNnpId": "517439943",
        "subjectNietNatuurlijkPersoon__annIdentificatie": "Ann-2",
    },
    "vestiging": {
        "bronorganisatie": "000000012",
        "klantnummer": "Kn-3",
        "achternaam": "Bóóm 🌳",
        "subjectType": "vestiging",
        "subjectVestiging__vestigingsNummer": "Vn-3",
    },
}
IN_BODIES = {"woonplaatsNaam": "woonplaatsnaam", "inpA_nummer": "inpANummer"}
"""Fields whose name or value in a body differs from that in a query."""


def test_every_parameter_is_tried() -> None:
    tried = {parameter for values in BY_KIND.values() for parameter in values}

    assert tried == set(PARAMETERS)


@pytest.fixture
def klanten(api: ApiClient) -> dict[str, str]:
    """URLs of a klant per kind with the values above, and of one with other values."""
    urls = {kind: _create(api, kind) for kind in BY_KIND}
    Klant.objects.filter(klantnummer="Kn-1").update(subject=SUBJECT)
    subject = {"voornamen": "-"}
    other = api.create(subjectIdentificatie=subject, bronorganisatie="100000009")
    return {**urls, "other": other["url"]}


def _create(api: ApiClient, kind: str) -> str:
    # its other fields differ from those of all others
    body = full_body(kind, adres={"huisnummer": 1})
    body |= dict.fromkeys(("bedrijfsnaam", "functie", "achternaam"), kind)
    body |= {"telefoonnummer": "", "emailadres": ""}
    subject = body["subjectIdentificatie"]
    adres = body["adres"]
    for parameter, value in BY_KIND[kind].items():
        *group, name = parameter.split("__")
        if name == "subject":  # existence is covered by another test
            continue
        target = adres if group == ["adres"] else subject if group else body
        target[IN_BODIES.get(name, name)] = value
    response = api.post(body)
    assert response.status_code == 201, response.content
    url: str = response.json()["url"]
    return url


def found(api: ApiClient, **parameters: str) -> list[str]:
    """Return the URLs of the klanten found."""
    response = api.get(f"{URL}?{urlencode(parameters)}")
    assert response.status_code == 200, response.content
    body = response.json()
    assert body["count"] == len(body["results"])
    return [klant["url"] for klant in body["results"]]


@pytest.mark.parametrize("kind", BY_KIND)
def test_finds_exactly_this_klant(
    api: ApiClient, klanten: dict[str, str], kind: str
) -> None:
    for parameter, value in BY_KIND[kind].items():
        expected = [klanten[kind]]
        if (parameter, kind) == ("subjectType", "natuurlijk_persoon"):
            expected.append(klanten["other"])
        assert found(api, **{parameter: value}) == expected, parameter
        # and in snake_case
        assert found(api, **{field_name(parameter): value}) == expected, parameter


def near_misses(value: str) -> set[str]:
    """Return values that only an inexact search would match."""
    misses = {value.swapcase(), value[:-1], value[1:], f"{value}x", f"%{value[1:]}"}
    return misses - {value}


@pytest.mark.parametrize("kind", BY_KIND)
def test_is_exact(api: ApiClient, klanten: dict[str, str], kind: str) -> None:
    checked = {"bronorganisatie", "subjectType", "subject"}
    for parameter in BY_KIND[kind].keys() - checked:
        for miss in near_misses(BY_KIND[kind][parameter]):
            assert found(api, **{parameter: miss}) == [], (parameter, miss)


def test_subject_is_exact(api: ApiClient, klanten: dict[str, str]) -> None:
    for miss in (SUBJECT.lower(), SUBJECT[:-1], f"{SUBJECT}/", SUBJECT.split("?")[0]):
        assert found(api, subject=miss) == []


@pytest.mark.parametrize("kind", BY_KIND)
def test_together_they_narrow(
    api: ApiClient, klanten: dict[str, str], kind: str
) -> None:
    assert found(api, **BY_KIND[kind]) == [klanten[kind]]


def test_one_that_does_not_hold_finds_nothing(
    api: ApiClient, klanten: dict[str, str]
) -> None:
    for kind, values in BY_KIND.items():
        for other in BY_KIND.keys() - {kind}:
            for parameter, value in BY_KIND[other].items():
                parameters = {**values, parameter: value}
                assert found(api, **parameters) == [], parameters


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_empty_is_ignored(api: ApiClient, parameter: str) -> None:
    api.create(adres={"huisnummer": 1})
    api.create()

    assert len(found(api, **{parameter: ""})) == 2
    assert len(found(api, **{field_name(parameter): ""})) == 2


@pytest.mark.parametrize(
    "parameter",
    [
        "onbekend",
        "voornaam",
        "websiteUrl",
        "uuid",
        "id",
        "etag",
        "pageSize",
        "ordering",
        "search",
        "klantnummer__icontains",
        "achternaam__in",
        "adres",
        "adres__huisnummer",
        "subjectVestiging",
        "subjectVestiging__handelsnaam",
        "subjectIdentificatie__inpBsn",
        "format",
        "",
    ],
)
def test_unknown_parameters_are_ignored(api: ApiClient, parameter: str) -> None:
    api.create()

    for value in ("x", "", "\0", "1"):
        assert len(found(api, **{parameter: value})) == 1


def test_of_one_parameter_the_last_counts(
    api: ApiClient, klanten: dict[str, str]
) -> None:
    response = api.get(f"{URL}?klantnummer=Kn-1&klantnummer=Kn-3")

    assert [klant["url"] for klant in response.json()["results"]] == [
        klanten["vestiging"]
    ]


@pytest.mark.parametrize(
    ("parameter", "value", "codes"),
    [
        ("subjectType", "bogus", {"invalid_choice"}),
        ("subjectType", "VESTIGING", {"invalid_choice"}),
        ("subject_type", "bogus", {"invalid_choice"}),
        ("bronorganisatie", "12345678", {"invalid-length", "min_length"}),
        ("bronorganisatie", "1234567823", {"invalid-length", "max_length"}),
        ("bronorganisatie", "12345678a", {"only-digits"}),
        ("bronorganisatie", "Utrecht", {"only-digits", "min_length"}),
        ("bronorganisatie", "12345678²", {"only-digits"}),
        ("bronorganisatie", "123456789", {"invalid"}),
        ("subject", "x", {"invalid"}),
        ("subject", "/subjecten/1", {"invalid"}),
    ],
)
def test_faults(api: ApiClient, parameter: str, value: str, codes: set[str]) -> None:
    found = faults(api.get(f"{URL}?{urlencode({parameter: value})}"))

    names = {name for name, _code in found}
    assert names == {{"subject_type": "subjectType"}.get(parameter, parameter)}
    assert {code for _name, code in found} <= codes


def test_every_fault_at_once(api: ApiClient) -> None:
    query = "subjectType=bogus&bronorganisatie=123456789&subject=x&achternaam=%00"

    assert faults(api.get(f"{URL}?{query}")) == {
        ("subjectType", "invalid_choice"),
        ("bronorganisatie", "invalid"),
        ("subject", "invalid"),
        ("achternaam", "null_characters_not_allowed"),
    }


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_nul(api: ApiClient, parameter: str) -> None:
    code = "null_characters_not_allowed"
    if parameter == "subjectType":
        code = "invalid_choice"

    for value in ("\0", "a\0b"):
        codes = codes_by_name(api.get(f"{URL}?{urlencode({parameter: value})}"))
        assert codes.keys() == {parameter}
        assert code in codes[parameter]


@pytest.mark.parametrize(
    "parameter", sorted(PARAMETERS.keys() - {"bronorganisatie", "subjectType"})
)
def test_values_that_nothing_has(
    api: ApiClient, klant: dict[str, str], parameter: str
) -> None:
    for value in ("%FF", "%ED%A0%80", "%", "a" * 10_000):
        response = api.get(f"{URL}?{parameter}={value}")
        if parameter == "subject":
            assert faults(response) == {("subject", "invalid")}
        else:
            assert response.json()["results"] == []
