"""The shape of responses: bodies, headers, field names."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from tests.api_client import ORIGIN, ROOT, URL, ApiClient, klant_body
from tests.bodies import KINDS, full_body

UNKNOWN = uuid.uuid4()

EMPTY = {
    "bedrijfsnaam": "",
    "functie": "",
    "voornaam": "",
    "voorvoegselAchternaam": "",
    "achternaam": "",
    "telefoonnummer": "",
    "emailadres": "",
    "adres": None,
    "subject": "",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_klant_with_everything(api: ApiClient, kind: str, subject_url: str) -> None:
    sent = full_body(kind, subject=subject_url)

    created = api.post(sent)

    assert created.status_code == 201
    url = created.headers["Location"]
    assert url.startswith(f"{ORIGIN}{URL}/")
    expected = {"url": url, **sent}
    assert created.json() == expected
    assert api.get(url).json() == expected
    assert api.get().json() == {
        "count": 1,
        "next": None,
        "previous": None,
        "results": [expected],
    }


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        pytest.param({}, {"subjectType": None}, id="no type"),
        pytest.param({"subjectType": None}, {"subjectType": None}, id="type null"),
        *(
            pytest.param(
                {"subjectType": kind},
                {"subjectType": kind, "subjectIdentificatie": None},
                id=kind,
            )
            for kind in KINDS
        ),
    ],
)
def test_the_least_of_a_klant(
    api: ApiClient, subject_url: str, sent: Any, shown: Any
) -> None:
    least = {
        "bronorganisatie": "123456782",
        "klantnummer": "1",
        "websiteUrl": "https://example.nl/",
        "subject": subject_url,
    }

    created = api.post({**least, **sent})

    assert created.status_code == 201
    url = created.json()["url"]
    assert created.json() == {"url": url, **EMPTY, **least, **shown}
    assert api.get(url).json() == created.json()


@pytest.mark.parametrize(
    ("kind", "sent", "shown"),
    [
        (
            "natuurlijk_persoon",
            {"inpBsn": "900222086"},
            {
                "inpBsn": "900222086",
                "anpIdentificatie": "",
                "inpANummer": "",
                "geslachtsnaam": "",
                "voorvoegselGeslachtsnaam": "",
                "voorletters": "",
                "voornamen": "",
                "geslachtsaanduiding": "",
                "geboortedatum": "",
                "subVerblijfBuitenland": None,
                "verblijfsadres": None,
            },
        ),
        (
            "niet_natuurlijk_persoon",
            {"subVerblijfBuitenland": {"lndLandcode": "5010", "lndLandnaam": "België"}},
            {
                "innNnpId": "",
                "annIdentificatie": "",
                "statutaireNaam": "",
                "innRechtsvorm": "",
                "bezoekadres": "",
                "subVerblijfBuitenland": {
                    "lndLandcode": "5010",
                    "lndLandnaam": "België",
                    "subAdresBuitenland1": "",
                    "subAdresBuitenland2": "",
                    "subAdresBuitenland3": "",
                },
            },
        ),
        (
            "vestiging",
            {"verblijfsadres": {"aoaIdentificatie": "1", "gorOpenbareRuimteNaam": "A"}},
            {
                "vestigingsNummer": "",
                "handelsnaam": [],
                "subVerblijfBuitenland": None,
                "verblijfsadres": {
                    "aoaIdentificatie": "1",
                    "wplWoonplaatsNaam": "",
                    "gorOpenbareRuimteNaam": "A",
                    "aoaPostcode": "",
                    "aoaHuisnummer": None,
                    "aoaHuisletter": "",
                    "aoaHuisnummertoevoeging": "",
                    "inpLocatiebeschrijving": "",
                },
            },
        ),
    ],
)
def test_the_least_of_a_subject(
    api: ApiClient, kind: str, sent: Any, shown: Any
) -> None:
    created = api.create(subjectType=kind, subjectIdentificatie=sent)

    assert created["subjectIdentificatie"] == shown


def test_the_least_of_an_adres(api: ApiClient) -> None:
    assert api.create(adres={"huisletter": "b"})["adres"] == {
        "straatnaam": "",
        "huisnummer": None,
        "huisletter": "b",
        "huisnummertoevoeging": "",
        "postcode": "",
        "woonplaatsnaam": "",
        "landcode": "",
    }


def spellings(url: str) -> dict[str, str]:
    """Return one UUID in the notations that consumers use in a path."""
    root, canonical = url.rsplit("/", 1)
    variants = {
        "canonical": canonical,
        "upper": canonical.upper(),
        "no hyphens": canonical.replace("-", ""),
        "upper without hyphens": canonical.replace("-", "").upper(),
    }
    return {name: f"{root}/{variant}" for name, variant in variants.items()}


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH"])
def test_the_url_is_canonical_however_it_was_asked_for(
    api: ApiClient, klant: dict[str, Any], method: str
) -> None:
    for variant in spellings(klant["url"]).values():
        response = api.request(method, variant, klant_body())
        assert response.status_code == 200
        assert response.json() == klant


@pytest.mark.parametrize(
    "rubbish",
    [
        "1",
        "klant",
        "{{{0}}}",
        "urn:uuid:{0}",
        "{0}0",
        "-{0}",
        "{0}%00",
        "%20{0}",
        "{0}%0A",
        "%D9%A4" * 32,
        "%ED%A0%80",
    ],
)
def test_rubbish_as_uuid(api: ApiClient, klant: dict[str, Any], rubbish: str) -> None:
    identifier = rubbish.format(klant["url"].rsplit("/", 1)[1])
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        response = api.request(method, f"{URL}/{identifier}", klant_body())
        assert response.status_code == 404
        assert response.json()["code"] == "not_found"
    assert api.get(f"{URL}/{identifier}/audittrail").status_code == 404


ANSWERS: dict[str, tuple[int, str, str, dict[str, Any]]] = {
    "list": (200, "GET", URL, {}),
    "head": (200, "HEAD", URL, {}),
    "created": (201, "POST", URL, {"data": klant_body()}),
    "changed": (200, "PATCH", "{klant}", {"data": {}}),
    "deleted": (204, "DELETE", "{klant}", {}),
    "cached": (304, "GET", "{klant}", {"headers": {"If-None-Match": "*"}}),
    "invalid": (400, "POST", URL, {"data": {}}),
    "malformed": (400, "POST", URL, {"content": "{"}),
    "forbidden": (403, "GET", URL, {"headers": {"Authorization": ""}}),
    "no such klant": (404, "GET", f"{URL}/{UNKNOWN}", {}),
    "no such audittrail": (404, "GET", f"{URL}/{UNKNOWN}/audittrail", {}),
    "no such page": (404, "GET", f"{URL}?page=0", {}),
    "unknown path": (404, "GET", f"{ROOT}/onbekend", {}),
    "unknown path, other method": (404, "PATCH", f"{ROOT}/onbekend", {}),
    "trailing slash": (404, "GET", f"{URL}/", {}),
    "trailing slash of a klant": (404, "GET", "{klant}/", {}),
    "trailing slash of a POST": (404, "POST", f"{URL}/", {"data": klant_body()}),
    "other version": (404, "GET", "/klanten/api/v2/klanten", {}),
    "no version": (404, "GET", "/klanten/api/klanten", {}),
    "root": (404, "GET", "/klanten/api/", {}),
    "root of the version": (404, "GET", f"{ROOT}/", {}),
    "method": (405, "DELETE", URL, {}),
    "accept": (406, "GET", URL, {"headers": {"Accept": "application/xml"}}),
    "media type": (415, "POST", URL, {"content": "<a/>", "content_type": "text/xml"}),
}
CODES = {
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    415: "unsupported_media_type",
}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer(api: ApiClient, klant: dict[str, Any], name: str) -> None:
    status, method, path, options = ANSWERS[name]

    response = api.request(method, path.format(klant=klant["url"]), **options)

    assert response.status_code == status
    assert response.headers["API-version"] == "1.0.0"
    if status >= 400:
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.json()["code"] == CODES.get(status, response.json()["code"])
    elif response.content:
        assert response.headers["Content-Type"] == "application/json"


def test_a_host_that_is_refused(api: ApiClient, klant: dict[str, Any]) -> None:
    # by Django's own middleware, if the host has it
    response = api.get(klant["url"], HTTP_HOST="evil.example", documented=False)

    assert response.status_code == 400
    assert response.headers["API-version"] == "1.0.0"


def test_other_paths_of_the_host_keep_their_version(api: ApiClient) -> None:
    response = api.get("/nothing/there")

    assert response.status_code == 404
    assert response.headers.get("API-version") != "1.0.0"


def test_an_error(api: ApiClient) -> None:
    response = api.post(klant_body(bronorganisatie=...))

    body = response.json()
    assert body == {
        "type": body["type"],
        "code": "invalid",
        "title": "Ongeldige invoerwaarde.",
        "status": 400,
        "detail": "Ongeldige invoerwaarde.",
        "instance": body["instance"],
        "invalidParams": [
            {
                "name": "bronorganisatie",
                "code": "required",
                "reason": "Dit veld is vereist.",
            }
        ],
    }
    assert body["type"].startswith(f"{ORIGIN}/")
    page = api.get(body["type"])
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", body["instance"])


def test_an_error_is_in_dutch_whatever_the_consumer_prefers(api: ApiClient) -> None:
    response = api.get(f"{URL}/1", headers={"Accept-Language": "en"})

    assert response.json()["detail"] == "Niet gevonden."


def test_every_error_is_an_occurrence_of_its_own(api: ApiClient) -> None:
    first, second = (api.get(f"{URL}/1").json()["instance"] for _ in range(2))

    assert first != second


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        (("website_url",), ("websiteUrl",)),
        (("subject_type",), ("subjectType",)),
        (
            ("subject_identificatie", "inp_a_nummer"),
            ("subjectIdentificatie", "inpANummer"),
        ),
        (
            ("subjectIdentificatie", "inpA_nummer"),
            ("subjectIdentificatie", "inpANummer"),
        ),
        *(
            (
                ("subjectIdentificatie", "subVerblijfBuitenland", spelling),
                ("subjectIdentificatie", "subVerblijfBuitenland", shown),
            )
            for number in "123"
            for shown in (f"subAdresBuitenland{number}",)
            for spelling in (
                f"subAdresBuitenland_{number}",
                f"sub_adres_buitenland_{number}",
                f"sub_adres_buitenland{number}",
            )
        ),
    ],
)
def test_keys_are_read_in_other_spellings(
    api: ApiClient, keys: tuple[str, ...], shown: tuple[str, ...]
) -> None:
    sent = full_body("natuurlijk_persoon")
    expected = full_body("natuurlijk_persoon")
    source = sent
    for camel, snake in zip(shown[:-1], keys[:-1], strict=True):
        source[snake] = source.pop(camel)
        source = source[snake]
    source[keys[-1]] = source.pop(shown[-1])

    response = api.post(sent)

    assert response.status_code == 201
    assert response.json() == {"url": response.json()["url"], **expected}


def test_unknown_keys_are_ignored(api: ApiClient) -> None:
    sent = full_body("vestiging")
    unknown = {
        "url": f"{ORIGIN}{URL}/{UNKNOWN}",
        "uuid": str(UNKNOWN),
        "id": 7,
        "pk": 7,
        "etag": "x",
        "klant": 7,
        "_state": {},
        "subjectVestiging": {"vestigingsNummer": "x"},
        "": None,
        "\ud800": ["\ud800"],
    }
    for group in ("adres", "subjectIdentificatie"):
        sent[group] |= unknown
    sent["subjectIdentificatie"]["verblijfsadres"] |= unknown

    response = api.post(sent | unknown)

    assert response.status_code == 201
    assert response.json() == {
        "url": response.json()["url"],
        **full_body("vestiging"),
    }
    assert str(UNKNOWN) not in response.json()["url"]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({"klantnummer": 1234567}, {"klantnummer": "1234567"}),
        ({"telefoonnummer": 112}, {"telefoonnummer": "112"}),
        ({"achternaam": "  Boom "}, {"achternaam": "Boom"}),
        (
            {"achternaam": "'; DROP TABLE 🌳 <b>"},
            {"achternaam": "'; DROP TABLE 🌳 <b>"},
        ),
    ],
)
def test_values_that_are_taken_as_text(api: ApiClient, sent: Any, shown: Any) -> None:
    created = api.create(**sent)

    assert created == {**created, **shown}


@pytest.mark.parametrize(
    ("sent", "shown"), [("12", 12), (12.0, 12), (0, 0), (99999, 99999), (None, None)]
)
def test_huisnummer(api: ApiClient, sent: Any, shown: Any) -> None:
    created = api.create(adres={"huisnummer": sent, "huisletter": "a"})

    assert created["adres"]["huisnummer"] == shown


@pytest.mark.parametrize(
    "accept", ["*/*", "application/*", "application/json", "text/html, */*;q=0.1"]
)
def test_accept(api: ApiClient, accept: str) -> None:
    response = api.get(headers={"Accept": accept})

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'application/json; charset="UTF-8"',
        "APPLICATION/JSON",
    ],
)
def test_content_type(api: ApiClient, content_type: str) -> None:
    response = api.post(klant_body(achternaam="Zoë"), content_type=content_type)

    assert response.status_code == 201
    assert response.json()["achternaam"] == "Zoë"
