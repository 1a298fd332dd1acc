"""Requests that are refused, and what their answer calls the fault."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField
from django.test import override_settings

import pytest

from klanten_plugin.models import Klant, KlantAdres
from klanten_plugin.models.groups import Group
from tests.api_client import (
    URL,
    ApiClient,
    codes_by_name,
    faults,
    klant_body,
)
from tests.bodies import KINDS, Path, document_fields, full_body, with_values

WRITES = ("POST", "PUT", "PATCH")


@pytest.fixture
def answers(api: ApiClient) -> Callable[..., list[Any]]:
    """What POST, PUT and PATCH of one body answer: the faults are the same."""

    def send(data: Any = ..., *, kind: str = KINDS[0], **options: Any) -> list[Any]:
        klant = api.post(full_body(kind, klantnummer="first"))
        paths = (URL, klant.json()["url"], klant.json()["url"])
        return [
            api.request(method, path, data, **options)
            for method, path in zip(WRITES, paths, strict=True)
        ]

    return send


# --- faults in values: `behaviour.md` would call each by these names and codes

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


def assert_faults(response: Any, expected: dict[str, set[str]]) -> None:
    """These names, each with some of the codes: versions of the suite say more or less."""
    codes = codes_by_name(response)
    assert codes.keys() == expected.keys()
    for name, allowed in expected.items():
        assert codes[name] <= allowed, name


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

    # what isn't a URL can't exist either
    assert found - {("subject", "bad-url")} == expected
    assert Klant.objects.count() == 0


# --- every field of the document

NULLABLE = {
    "adres",
    "adres.huisnummer",
    BUITENLAND,
    VERBLIJFSADRES,
    f"{VERBLIJFSADRES}.aoaHuisnummer",
}
"""`null` removes a group or a number. All else has a value, if only an empty one."""


def is_text(field: Any) -> bool:
    """Whether the document has free text here."""
    return isinstance(field, CharField) and not field.choices


def paths(kind: str, *, where: Callable[[Any], bool]) -> list[Path]:
    """The fields of the document whose model field satisfies ``where``."""
    return [path for path, field in document_fields(kind) if where(field)]


def is_leaf(field: Any) -> bool:
    """Whether it isn't a group."""
    return not (isinstance(field, type) and issubclass(field, Group))


@pytest.mark.parametrize("kind", KINDS)
def test_null_where_it_means_nothing(
    answers: Callable[..., list[Any]], kind: str
) -> None:
    refused = {
        path
        for path in paths(kind, where=is_leaf)
        if ".".join(path) not in NULLABLE and path != ("subjectType",)
    }

    for response in answers(
        with_values(full_body(kind), dict.fromkeys(refused)), kind=kind
    ):
        assert faults(response) == {(".".join(path), "null") for path in refused}


@pytest.mark.parametrize("kind", KINDS)
def test_null_where_it_means_none(api: ApiClient, kind: str) -> None:
    allowed = {
        path for path, _field in document_fields(kind) if ".".join(path) in NULLABLE
    }
    assert len(allowed) == {"niet_natuurlijk_persoon": 3}.get(kind, 5)

    for number, path in enumerate(allowed):
        body = full_body(kind, klantnummer=f"{number}")
        url = api.post(body).json()["url"]
        body = with_values(body, {path: None})
        assert api.patch(url, body).json() == {"url": url, **body}
        assert api.put(url, body).json() == {"url": url, **body}
        created = api.post(body | {"klantnummer": f"{number}+"}).json()
        assert created == {**body, "url": created["url"], "klantnummer": f"{number}+"}


@pytest.mark.parametrize("kind", KINDS)
def test_too_long(answers: Callable[..., list[Any]], kind: str) -> None:
    too_long = {
        path: _long(field.max_length + 1, path)
        for path, field in document_fields(kind)
        if is_text(field)
    }

    for response in answers(with_values(full_body(kind), too_long), kind=kind):
        codes = codes_by_name(response)
        assert codes.keys() == {".".join(path) for path in too_long}
        for name, found in codes.items():
            # the two numbers for the 11-proef have a length of their own
            assert "max_length" in found or found == {"invalid-length"}, name


VALIDATED = {"bronorganisatie", "inpBsn", "inpANummer", "emailadres"}


@pytest.mark.parametrize("kind", KINDS)
def test_as_long_as_can_be(api: ApiClient, kind: str) -> None:
    longest = {
        path: _long(field.max_length, path)
        for path, field in document_fields(kind)
        if is_text(field) and path[-1] not in VALIDATED and path[-1] != "subject"
    }
    body = with_values(full_body(kind), longest)

    created = api.post(body).json()

    assert created == {"url": created["url"], **body}
    for method in ("PUT", "PATCH"):
        klant = api.post(full_body(kind, klantnummer=method)).json()
        changes = body | {"klantnummer": f"{method:x<8}"}
        answer = api.request(method, klant["url"], changes)
        assert answer.json() == {"url": klant["url"], **changes}


def _long(length: int, path: Path) -> str:
    starts = {"websiteUrl": "https://example.nl/", "subject": "https://example.nl/"}
    start = starts.get(path[-1], "")
    return start + "é" * (length - len(start))


UNSTORABLE = {
    "NUL": ("a\0b", "null_characters_not_allowed"),
    "lone surrogate": ("a\ud800b", "surrogate_characters_not_allowed"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", UNSTORABLE)
def test_text_that_cannot_be_stored(
    answers: Callable[..., list[Any]], kind: str, name: str
) -> None:
    value, code = UNSTORABLE[name]
    texts = paths(kind, where=is_text)
    lists = paths(kind, where=lambda field: isinstance(field, ArrayField))
    choices = [
        path
        for path in paths(kind, where=lambda field: getattr(field, "choices", None))
        if path != ("subjectType",)
    ]
    values = dict.fromkeys([*texts, *choices], value) | {
        path: [value] for path in lists
    }
    expected = {".".join(path): code for path in texts}
    expected |= {".".join([*path, "0"]): code for path in lists}
    expected |= {".".join(path): "invalid_choice" for path in choices}

    for response in answers(with_values(full_body(kind), values), kind=kind):
        codes = codes_by_name(response)
        assert codes.keys() == expected.keys()
        for field, found in codes.items():
            assert expected[field] in found


@pytest.mark.parametrize("value", ["a\0b", "\ud800"])
def test_type_that_cannot_be_stored(api: ApiClient, value: str) -> None:
    assert faults(api.post(klant_body(subjectType=value))) == {CHOICE}


def test_the_fields_are_all_there_are() -> None:
    """The tests above go over every field of the tables."""
    walked = {field for kind in KINDS for _path, field in document_fields(kind)}

    assert {KlantAdres, *KlantAdres._meta.get_fields()} & walked
    assert len(walked) > 50


# --- bodies that can't be read

DEPTHS = (100, 1_000, 10_000, 100_000)

MALFORMED: dict[str, bytes] = {
    "empty object missing": b"{",
    "not JSON": b"klant",
    "white space": b" ",
    "trailing comma": b'{"achternaam": "Boom",}',
    "two values": b"{} {}",
    "single quotes": b"{'achternaam': 'Boom'}",
    "comment": b"{} // klant",
    "NUL": b"\0",
    "raw control character": b'{"achternaam": "a\nb"}',
    "UTF-16": '{"achternaam": "Boom"}'.encode("utf-16"),
    "latin-1": '{"achternaam": "Zoë"}'.encode("latin-1"),
    "half a character": b'{"achternaam": "\xc3"}',
    "surrogate in UTF-8": b'{"achternaam": "\xed\xa0\x80"}',
    "NaN": b'{"adres": {"huisnummer": NaN}}',
    "Infinity": b'{"adres": {"huisnummer": Infinity}}',
    "-Infinity": b'{"onbekend": -Infinity}',
    "1e999": b'{"adres": {"huisnummer": 1e999}}',
    "1e999 in an unknown key": b'{"onbekend": [-1e999]}',
    "a number of 5000 digits": b'{"adres": {"huisnummer": ' + b"9" * 5000 + b"}}",
    "duplicate key": b'{"achternaam": "A", "achternaam": "B"}',
    "duplicate key, other spelling": b'{"websiteUrl": "A", "website_url": "B"}',
    "duplicate key in a group": b'{"adres": {"postcode": "A", "postcode": "B"}}',
    "duplicate unknown key": b'{"x": 1, "x": 1}',
    **{f"lists {depth} deep": b"[" * depth + b"]" * depth for depth in DEPTHS},
    **{f"lists {depth} deep, unclosed": b"[" * depth for depth in DEPTHS},
    **{
        f"objects {depth} deep": b'{"adres":' * depth + b"1" + b"}" * depth
        for depth in DEPTHS
    },
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(answers: Callable[..., list[Any]], name: str) -> None:
    for response in answers(content=MALFORMED[name]):
        assert response.status_code == 400
        body = response.json()
        assert body["code"] == "parse_error"
        assert body["invalidParams"] == []


@pytest.mark.parametrize("value", [5, 5.5, True, False, [], [1], ["x"], "x", ""])
def test_not_an_object(answers: Callable[..., list[Any]], value: Any) -> None:
    for response in answers(value):
        assert faults(response) == {("nonFieldErrors", "invalid")}


def test_null_as_body(answers: Callable[..., list[Any]]) -> None:
    for response in answers(None):
        assert codes_by_name(response).keys() == {"nonFieldErrors"}


def test_a_little_depth_in_an_unknown_key(api: ApiClient) -> None:
    assert api.post(klant_body(onbekend=[[[{"a": [{}]}]]])).status_code == 201


def test_no_body(answers: Callable[..., list[Any]]) -> None:
    created, updated, patched = answers()

    for response in (created, updated):
        assert codes_by_name(response).keys() == {"bronorganisatie", "websiteUrl"}
    assert patched.status_code == 200


def test_byte_order_mark(api: ApiClient) -> None:
    content = json.dumps(klant_body()).encode("utf-8-sig")

    assert api.post(content=content).status_code == 201


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/problem+json",
        "json",
        "application/json; charset=hex",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "application/json; charset=onbekend",
        "application/json; charset=",
        "application/json; charset=rot13",
    ],
)
def test_media_type(answers: Callable[..., list[Any]], content_type: str) -> None:
    for response in answers(klant_body(), content_type=content_type):
        assert response.status_code == 415
        assert response.json()["code"] == "unsupported_media_type"


@pytest.mark.parametrize(
    "charset", ["hex", "rot13", "undefined", "idna", "utf-16", "onbekend"]
)
@pytest.mark.parametrize("query", ["?achternaam=Boom", "?page=1", "?x=%FF"])
def test_charset_with_a_query_string(api: ApiClient, charset: str, query: str) -> None:
    content_type = f"application/json; charset={charset}"

    response = api.get(f"{URL}{query}", content="{}", content_type=content_type)

    assert response.status_code == 415
    posted = api.post(klant_body(), f"{URL}{query}", content_type=content_type)
    assert posted.status_code == 415


@pytest.mark.parametrize("path", ["{list}", "{klant}", "{klant}/audittrail"])
@pytest.mark.parametrize("content", [b"{", b"\xff", b"[" * 10_000, b"x" * 2_000_000])
def test_a_body_that_nobody_asked_for(
    api: ApiClient, klant: dict[str, Any], path: str, content: bytes
) -> None:
    path = path.format(list=URL, klant=klant["url"])

    assert api.get(path, content=content).status_code == 200


@pytest.mark.parametrize("method", WRITES)
def test_body_over_the_limit(
    api: ApiClient, klant: dict[str, Any], method: str
) -> None:
    path = URL if method == "POST" else klant["url"]
    body = json.dumps(klant_body()).encode()

    with override_settings(KLANTEN_MAX_BODY_BYTES=len(body)):
        response = api.request(method, path, content=body + b" ")

    assert response.status_code == 413
    assert response.json()["code"] == "request_too_large"


def test_body_at_the_limit(api: ApiClient) -> None:
    body = json.dumps(klant_body()).encode()
    with override_settings(KLANTEN_MAX_BODY_BYTES=len(body)):
        assert api.post(content=body).status_code == 201


def test_the_limit_is_there_without_a_setting(api: ApiClient) -> None:
    assert api.post(content=b" " * (1024 * 1024 + 1)).status_code == 413


# --- methods, and the order of the checks


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "{list}", "GET, POST, HEAD, OPTIONS"),
        ("PATCH", "{list}", "GET, POST, HEAD, OPTIONS"),
        ("DELETE", "{list}", "GET, POST, HEAD, OPTIONS"),
        ("POST", "{klant}", "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
        ("TRACE", "{klant}", "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
        ("BREW", "{klant}", "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
        *(
            (method, path, "GET, HEAD, OPTIONS")
            for method in ("POST", "PUT", "PATCH", "DELETE")
            for path in ("{klant}/audittrail", "{line}")
        ),
    ],
)
@pytest.mark.parametrize("token", [True, False])
def test_method_not_allowed(
    api: ApiClient,
    klant: dict[str, Any],
    method: str,
    path: str,
    allowed: str,
    token: bool,
) -> None:
    line = f"{klant['url']}/audittrail/{api.audit_lines(klant)[0]['uuid']}"
    client = api if token else ApiClient()

    response = client.request(
        method, path.format(list=URL, klant=klant["url"], line=line)
    )

    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"
    assert set(response.headers["Allow"].split(", ")) == set(allowed.split(", "))


@pytest.mark.parametrize("path", ["{list}", "{klant}", "{klant}/audittrail"])
def test_options(api: ApiClient, klant: dict[str, Any], path: str) -> None:
    for client in (api, ApiClient()):
        response = client.request("OPTIONS", path.format(list=URL, klant=klant["url"]))
        assert response.status_code == 403
        assert {"GET", "HEAD", "OPTIONS"} <= set(response.headers["Allow"].split(", "))


@pytest.mark.parametrize("path", ["{list}", "{klant}", "{klant}/audittrail", "{line}"])
def test_head(api: ApiClient, klant: dict[str, Any], path: str) -> None:
    line = f"{klant['url']}/audittrail/{api.audit_lines(klant)[0]['uuid']}"
    path = path.format(list=URL, klant=klant["url"], line=line)

    got, head = api.get(path), api.head(path)

    assert head.status_code == got.status_code == 200
    assert dict(head.headers) == dict(got.headers)
    assert head.headers["Content-Length"] == str(len(got.content))
    assert head.content == b""


@pytest.mark.parametrize(
    ("path", "status"), [(URL, 403), (f"{URL}/1", 403), ("/klanten/api/v1/x", 404)]
)
def test_head_of_an_error(api: ApiClient, path: str, status: int) -> None:
    got, head = ApiClient().get(path), ApiClient().head(path)

    assert head.status_code == got.status_code == status
    assert head.headers["Content-Type"] == "application/problem+json"
    assert head.content == b""


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", URL, {"headers": {"Accept": "text/xml"}}, 406),
        ("POST", URL, {"headers": {"Accept": "text/xml"}}, 406),
        ("GET", f"{URL}/{uuid.uuid4()}", {}, 403),
        ("GET", f"{URL}/rubbish", {}, 403),
        ("DELETE", f"{URL}/{uuid.uuid4()}", {}, 403),
        ("GET", f"{URL}/rubbish/audittrail", {}, 403),
        ("GET", f"{URL}?page=0", {}, 403),
        ("GET", f"{URL}?subjectType=bogus", {}, 403),
        ("POST", URL, {"content": b"{"}, 403),
        ("POST", URL, {"content": b" " * 1024 * 1025}, 403),
        ("POST", URL, {"content": b"{}", "content_type": "text/plain"}, 403),
        (
            "POST",
            URL,
            {"content": b"{}", "content_type": "application/json; charset=hex"},
            403,
        ),
        ("PATCH", f"{URL}/rubbish", {"content": b"{"}, 403),
    ],
)
def test_order_of_checks(
    db: None, method: str, path: str, options: Any, status: int
) -> None:
    assert ApiClient().request(method, path, **options).status_code == status


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_klant_that_is_not_there_before_its_body(api: ApiClient, method: str) -> None:
    response = api.request(method, f"{URL}/{uuid.uuid4()}", {"bronorganisatie": "x"})

    assert response.status_code == 404


def test_a_host_name_that_is_too_long(api: ApiClient, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    klant = api.create()

    for method, path in (("POST", URL), ("PUT", klant["url"]), ("PATCH", klant["url"])):
        response = api.request(method, path, klant_body(), HTTP_HOST="a" * 1000)
        # such a URL is longer than the document allows
        assert response.status_code == 400
    assert api.get().json()["results"] == [klant]
    assert len(api.audit_lines(klant)) == 1


def test_the_longest_host_name_that_can_be(api: ApiClient, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    host = "a" * (1000 - len(f"http://{URL}/") - 36)

    klant = api.post(klant_body(), HTTP_HOST=host).json()

    assert len(klant["url"]) == 1000
    (line,) = api.audit_lines(klant)
    assert line["hoofdObject"] == klant["url"]
    assert api.get(klant["url"], HTTP_HOST=host).json() == klant
