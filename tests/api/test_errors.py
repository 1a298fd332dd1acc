"""Refused values, with their error codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from klanten_plugin.models import Klant
from tests.api_client import (
    ApiClient,
    assert_faults,
    faults,
    klant_body,
)

VERBLIJFSADRES = "subjectIdentificatie.verblijfsadres"
BUITENLAND = "subjectIdentificatie.subVerblijfBuitenland"

VALUES: dict[str, tuple[dict[str, Any], dict[str, set[str]]]] = {
    "blank": (
        {"bronorganisatie": "", "websiteUrl": "", "klantnummer": ""},
        {
            "bronorganisatie": {"blank"},
            "websiteUrl": {"blank"},
            "klantnummer": {"blank"},
        },
    ),
    "white space is blank": ({"websiteUrl": " "}, {"websiteUrl": {"blank"}}),
    "blank in a group": (
        {
            "subjectIdentificatie": {
                "verblijfsadres": {"aoaIdentificatie": "", "gorOpenbareRuimteNaam": ""},
                "subVerblijfBuitenland": {"lndLandcode": "", "lndLandnaam": ""},
            }
        },
        {
            f"{VERBLIJFSADRES}.aoaIdentificatie": {"blank"},
            f"{VERBLIJFSADRES}.gorOpenbareRuimteNaam": {"blank"},
            f"{BUITENLAND}.lndLandcode": {"blank"},
            f"{BUITENLAND}.lndLandnaam": {"blank"},
        },
    ),
    "required in a group": (
        {
            "subjectIdentificatie": {
                "verblijfsadres": {"aoaPostcode": "3511AB"},
                "subVerblijfBuitenland": {},
            }
        },
        {
            f"{VERBLIJFSADRES}.aoaIdentificatie": {"required"},
            f"{VERBLIJFSADRES}.gorOpenbareRuimteNaam": {"required"},
            f"{BUITENLAND}.lndLandcode": {"required"},
            f"{BUITENLAND}.lndLandnaam": {"required"},
        },
    ),
    "huisnummer too high": (
        {
            "adres": {"huisnummer": 100_000},
            "subjectIdentificatie": {
                "verblijfsadres": {
                    "aoaIdentificatie": "1",
                    "gorOpenbareRuimteNaam": "A",
                    "aoaHuisnummer": 10**30,
                }
            },
        },
        {
            "adres.huisnummer": {"max_value"},
            f"{VERBLIJFSADRES}.aoaHuisnummer": {"max_value"},
        },
    ),
    "huisnummer too low": (
        {"adres": {"huisnummer": -1}},
        {"adres.huisnummer": {"min_value"}},
    ),
    **{
        f"huisnummer {value!r}": (
            {"adres": {"huisnummer": value}},
            {"adres.huisnummer": {"invalid"}},
        )
        for value in ("twaalf", "", 1.5, True, [1], {"a": 1}, "1e3", "0x1")
    },
    "huisnummer as a very long text": (
        {"adres": {"huisnummer": "9" * 1001}},
        {"adres.huisnummer": {"max_string_length"}},
    ),
    "bronorganisatie too short": (
        {"bronorganisatie": "12345678"},
        {"bronorganisatie": {"invalid-length", "min_length"}},
    ),
    "bronorganisatie too long": (
        {"bronorganisatie": "1234567823"},
        {"bronorganisatie": {"invalid-length", "max_length"}},
    ),
    "bronorganisatie too short, with letters": (
        {"bronorganisatie": "Utrecht"},
        {"bronorganisatie": {"only-digits", "min_length"}},
    ),
    "bronorganisatie too long, with letters": (
        {"bronorganisatie": "Gemeente Utrecht"},
        {"bronorganisatie": {"only-digits", "max_length"}},
    ),
    "bsn too short, with letters": (
        {"subjectIdentificatie": {"inpBsn": "onbekend"}},
        {"subjectIdentificatie.inpBsn": {"only-digits", "min_length"}},
    ),
    "bronorganisatie with letters": (
        {"bronorganisatie": "12345678a"},
        {"bronorganisatie": {"only-digits"}},
    ),
    "bronorganisatie with digits of another script": (
        {"bronorganisatie": "²23456789"},
        {"bronorganisatie": {"only-digits"}},
    ),
    "bronorganisatie fails the 11-proef": (
        {"bronorganisatie": "123456789"},
        {"bronorganisatie": {"invalid"}},
    ),
    "bsn too short": (
        {"subjectIdentificatie": {"inpBsn": "90022208"}},
        {"subjectIdentificatie.inpBsn": {"invalid-length", "min_length"}},
    ),
    "bsn with letters": (
        {"subjectIdentificatie": {"inpBsn": "90022208a"}},
        {"subjectIdentificatie.inpBsn": {"only-digits"}},
    ),
    "bsn fails the 11-proef": (
        {"subjectIdentificatie": {"inpBsn": "900222087"}},
        {"subjectIdentificatie.inpBsn": {"invalid"}},
    ),
    **{
        f"A-nummer {value}": (
            {"subjectIdentificatie": {"inpANummer": value}},
            {"subjectIdentificatie.inpANummer": {"a-nummer-incorrect-format"}},
        )
        for value in ("0123456789", "123456789", "123456789a", "١٢٣٤٥٦٧٨٩٠")
    },
    "geslachtsaanduiding": (
        {"subjectIdentificatie": {"geslachtsaanduiding": "x"}},
        {"subjectIdentificatie.geslachtsaanduiding": {"invalid_choice"}},
    ),
    "e-mail": ({"emailadres": "zoe"}, {"emailadres": {"invalid"}}),
    **{
        f"website {value}": ({"websiteUrl": value}, {"websiteUrl": {"invalid"}})
        for value in ("example.nl", "javascript:alert(1)", "https://", "http://[::1")
    },
    "groups that aren't objects": (
        {"adres": "Dam 1", "subjectIdentificatie": ["900222086"]},
        {
            "adres.nonFieldErrors": {"invalid"},
            "subjectIdentificatie.nonFieldErrors": {"invalid"},
        },
    ),
    "deeper groups that aren't objects": (
        {"subjectIdentificatie": {"verblijfsadres": 1, "subVerblijfBuitenland": []}},
        {
            f"{VERBLIJFSADRES}.nonFieldErrors": {"invalid"},
            f"{BUITENLAND}.nonFieldErrors": {"invalid"},
        },
    ),
    "text that isn't": (
        {"achternaam": ["Boom"], "voornaam": {"a": 1}, "functie": True},
        {"achternaam": {"invalid"}, "voornaam": {"invalid"}, "functie": {"invalid"}},
    ),
    "everything at once": (
        {
            "bronorganisatie": "123456789",
            "achternaam": "a" * 201,
            "adres": {"huisnummer": "x", "huisletter": "ab"},
            "subjectIdentificatie": {
                "inpBsn": "900222087",
                "geslachtsaanduiding": "x",
                "verblijfsadres": {"aoaHuisletter": "ab"},
            },
        },
        {
            "bronorganisatie": {"invalid"},
            "achternaam": {"max_length"},
            "adres.huisnummer": {"invalid"},
            "adres.huisletter": {"max_length"},
            "subjectIdentificatie.inpBsn": {"invalid"},
            "subjectIdentificatie.geslachtsaanduiding": {"invalid_choice"},
            f"{VERBLIJFSADRES}.aoaIdentificatie": {"required"},
            f"{VERBLIJFSADRES}.gorOpenbareRuimteNaam": {"required"},
            f"{VERBLIJFSADRES}.aoaHuisletter": {"max_length"},
        },
    ),
}


@pytest.mark.parametrize("name", VALUES)
def test_values(answers: Callable[..., list[Any]], name: str) -> None:
    changes, expected = VALUES[name]

    for response in answers(klant_body(**changes)):
        assert_faults(response, expected)


@pytest.mark.parametrize(
    ("kind", "subject", "expected"),
    [
        ("niet_natuurlijk_persoon", {"innRechtsvorm": "bv"}, "innRechtsvorm"),
        ("vestiging", {"handelsnaam": "De Bakker"}, "handelsnaam"),
        ("vestiging", {"handelsnaam": {"0": "De Bakker"}}, "handelsnaam"),
    ],
)
def test_values_of_other_kinds(
    answers: Callable[..., list[Any]], kind: str, subject: Any, expected: str
) -> None:
    body = klant_body(subjectType=kind, subjectIdentificatie=subject)

    for response in answers(body, kind=kind):
        assert_faults(
            response,
            {f"subjectIdentificatie.{expected}": {"invalid_choice", "not_a_list"}},
        )


def test_an_element_of_a_list(answers: Callable[..., list[Any]]) -> None:
    names = ["\0", "goed", "x" * 626, None, ["x"]]
    body = klant_body(
        subjectType="vestiging", subjectIdentificatie={"handelsnaam": names}
    )

    for response in answers(body, kind="vestiging"):
        assert faults(response) == {
            ("subjectIdentificatie.handelsnaam.0", "null_characters_not_allowed"),
            ("subjectIdentificatie.handelsnaam.2", "max_length"),
            ("subjectIdentificatie.handelsnaam.3", "null"),
            ("subjectIdentificatie.handelsnaam.4", "invalid"),
        }


def test_required(answers: Callable[..., list[Any]]) -> None:
    created, updated, patched = answers({})

    for response in (created, updated):
        assert faults(response) == {
            ("bronorganisatie", "required"),
            ("websiteUrl", "required"),
        }
    assert patched.status_code == 200


REQUIRED = ("subjectType", "required")
CHOICE = ("subjectType", "invalid_choice")
NEITHER = ("nonFieldErrors", "invalid-subject")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"subjectType": ...}, {REQUIRED}, id="no type"),
        pytest.param({"subjectType": None}, {REQUIRED}, id="type null"),
        pytest.param(
            {"subjectType": ..., "subjectIdentificatie": {}}, {REQUIRED}, id="empty"
        ),
        pytest.param(
            {"subjectType": ..., "achternaam": None},
            {REQUIRED, ("achternaam", "null")},
            id="no type, and more",
        ),
        pytest.param({"subjectType": "bogus"}, {CHOICE}, id="unknown type"),
        pytest.param({"subjectType": "VESTIGING"}, {CHOICE}, id="type in capitals"),
        pytest.param({"subjectType": ""}, {CHOICE}, id="type empty"),
        pytest.param({"subjectType": 1}, {CHOICE}, id="type a number"),
        pytest.param({"subjectType": ["vestiging"]}, {CHOICE}, id="type a list"),
        pytest.param({"subjectType": {"a": "b"}}, {CHOICE}, id="type an object"),
        pytest.param({"subjectIdentificatie": ...}, {NEITHER}, id="neither"),
        pytest.param({"subjectIdentificatie": {}}, {NEITHER}, id="nothing known"),
        pytest.param(
            {"subjectIdentificatie": {"vestigingsNummer": "1"}},
            {NEITHER},
            id="of another kind",
        ),
        pytest.param(
            {"subjectType": ..., "subjectIdentificatie": ...}, {NEITHER}, id="bare"
        ),
        pytest.param(
            {"subjectIdentificatie": None},
            {("subjectIdentificatie", "null")},
            id="null",
        ),
        pytest.param(
            {"subject": "", "subjectIdentificatie": ...}, {NEITHER}, id="subject empty"
        ),
        pytest.param({"subject": "x"}, {("subject", "invalid")}, id="no URL"),
    ],
)
def test_subject_of_a_new_klant(api: ApiClient, changes: Any, expected: Any) -> None:
    found = faults(api.post(klant_body(**changes)))

    # something that isn't a URL can't exist either
    assert found - {("subject", "bad-url")} == expected
    assert Klant.objects.count() == 0
