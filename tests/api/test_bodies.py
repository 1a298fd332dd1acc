"""Invalid bodies, and bodies of requests that must not have one."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.test import override_settings

import pytest

from tests.api_client import (
    URL,
    WRITES,
    ApiClient,
    codes_by_name,
    faults,
    klant_body,
)

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
    ],
)
def test_media_type(answers: Callable[..., list[Any]], content_type: str) -> None:
    for response in answers(klant_body(), content_type=content_type):
        assert response.status_code == 415
        assert response.json()["code"] == "unsupported_media_type"


CHARSETS = (
    *("utf-8", "UTF-8", "utf8", "UTF_8", '"utf-8"', "'utf-8'", "utf-8-sig", "cp65001"),
    *("iso-8859-1", "ISO-8859-1", "latin-1", "ISO_8859-15", "windows-1252", "cp1252"),
    *("utf-16", "UTF-16LE", "utf-32"),
)


@pytest.mark.parametrize("charset", CHARSETS)
def test_text_is_decoded_by_its_charset(
    answers: Callable[..., list[Any]], charset: str
) -> None:
    content = json.dumps(klant_body(achternaam="Zoë €"), ensure_ascii=False)
    if charset in ("iso-8859-1", "ISO-8859-1", "latin-1"):  # has no euro sign
        content = content.replace("€", "ß")
    content_type = f"application/json; charset={charset}"

    for response in answers(
        content=content.encode(charset.strip("\"'")), content_type=content_type
    ):
        assert response.status_code in (200, 201), response.content
        assert response.json()["achternaam"] in ("Zoë €", "Zoë ß")


@pytest.mark.parametrize(
    ("charset", "content"),
    [
        ("us-ascii", '{"achternaam": "Zoë"}'.encode()),
        ("windows-1252", b'{"achternaam": "\x81"}'),
        ("utf-16", b'{"achternaam": "Boom"}x'),
        ("utf-8", '{"achternaam": "Zoë"}'.encode("latin-1")),
    ],
)
def test_text_that_is_not_in_its_charset(
    answers: Callable[..., list[Any]], charset: str, content: bytes
) -> None:
    content_type = f"application/json; charset={charset}"

    for response in answers(content=content, content_type=content_type):
        assert response.status_code == 400
        assert response.json()["code"] == "parse_error"


@pytest.mark.parametrize("charset", ["us-ascii", "utf-7", "utf-16"])
@pytest.mark.parametrize("query", ["?achternaam=Boom", "?page=1", "?x=%FF", "?x=ë"])
def test_a_charset_is_that_of_the_body_alone(
    api: ApiClient, charset: str, query: str
) -> None:
    klant = api.create(achternaam="Boom")
    is_known = charset != "utf-7"

    response = api.get(
        f"{URL}{query}",
        content="{}",
        content_type=f"application/json; charset={charset}",
    )

    assert response.status_code == (200 if is_known else 415)
    if is_known:
        assert response.json()["results"] == [klant]


@pytest.mark.parametrize(
    "content_type",
    [
        f"application/json; x={'x' * 20_000}",
        f"application/{'x' * 20_000}",
        "application/json; x*=onbekend''a",
        "application/json; charset*=onbekend''utf-8",
    ],
)
def test_a_content_type_that_cannot_be_read(
    answers: Callable[..., list[Any]], content_type: str
) -> None:
    for response in answers(klant_body(), content_type=content_type):
        # versions of Django differ in which bodies they can't read
        assert response.status_code in (200, 201, 415)


UNKNOWN = (
    *("hex", "rot13", "onbekend", "", "undefined", "idna", "utf-7", "punycode"),
    *("unicode_escape", "raw_unicode_escape", "base64", "é", "x" * 10_000),
)


@pytest.mark.parametrize("charset", UNKNOWN)
def test_a_charset_that_is_unknown(
    answers: Callable[..., list[Any]], charset: str
) -> None:
    content_type = f"application/json; charset={charset}"

    for response in answers(klant_body(), content_type=content_type):
        assert response.status_code == 415
        assert response.json()["code"] == "unsupported_media_type"
        detail = response.json()["detail"]
        assert f'"{charset[:40]}' in detail
        assert len(detail) < 200


@pytest.mark.parametrize("charset", ["hex", "rot13", "undefined", "idna", "onbekend"])
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


@pytest.mark.parametrize("length", [None, "", "0"])
@pytest.mark.parametrize("method", WRITES)
def test_a_chunked_body_that_the_server_keeps_to_itself(
    api: ApiClient, klant: dict[str, Any], method: str, length: str | None
) -> None:
    """From a server without ``wsgi.input_terminated``, such as runserver."""
    path = URL if method == "POST" else klant["url"]

    response = api.request(
        method,
        path,
        klant_body(),
        HTTP_TRANSFER_ENCODING="chunked",
        CONTENT_LENGTH=length,
    )

    assert response.status_code == 411
    assert response.json()["code"] == "length_required"
    assert api.get(klant["url"]).json() == klant
    assert len(api.audit_lines(klant)) == 1


def test_a_chunked_body_that_nobody_asked_for(
    api: ApiClient, klant: dict[str, Any]
) -> None:
    chunked: Any = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}

    assert api.get(klant["url"], content="{}", **chunked).status_code == 200
    assert api.delete(klant["url"], content="{}", **chunked).status_code == 204


def test_a_body_that_a_server_decoded_without_saying_its_length(
    api: ApiClient, klant: dict[str, Any]
) -> None:
    """As over HTTP/2, which has no Transfer-Encoding."""
    for content in (b'{"functie": "baas"}', b""):
        decoded: Any = {
            "CONTENT_TYPE": "application/json",
            "wsgi.input": BytesIO(content),
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": "",
        }
        response = api.patch(klant["url"], **decoded)
        assert response.json() == {**klant, "functie": "baas"}


class Broken(BytesIO):
    """A body that the server can't read completely."""

    def read(self, size: int | None = -1) -> bytes:
        raise self.error

    error: Exception = OSError()


@pytest.mark.parametrize("error", [OSError("gone"), ValueError("no chunk"), EOFError()])
@pytest.mark.parametrize("length", ["100", ""])
def test_a_body_that_breaks_off(
    api: ApiClient, klant: dict[str, Any], error: Exception, length: str
) -> None:
    stream = Broken()
    stream.error = error
    broken: Any = {
        "wsgi.input": stream,
        "wsgi.input_terminated": True,
        "CONTENT_LENGTH": length,
    }

    response = api.patch(klant["url"], {}, **broken)

    assert response.status_code == 400
    assert response.json()["code"] == "parse_error"


def test_body_at_the_limit(api: ApiClient) -> None:
    body = json.dumps(klant_body()).encode()
    with override_settings(KLANTEN_MAX_BODY_BYTES=len(body)):
        assert api.post(content=body).status_code == 201


def test_the_limit_is_there_without_a_setting(api: ApiClient) -> None:
    assert api.post(content=b" " * (1024 * 1024 + 1)).status_code == 413
