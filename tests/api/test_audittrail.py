"""The audit trail: one line per change, of exactly this klant, or no change at all."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.db import connection
from django.forms.models import model_to_dict
from django.test import AsyncClient

import pytest
from asgiref.sync import async_to_sync
from vng_api_common.audittrails.models import AuditTrail
from vng_api_common.authorizations.models import Applicatie

from klanten_plugin.api.audit_lines import represent_lines
from klanten_plugin.api.streams import BATCH
from klanten_plugin.domain.klanten.audittrail import audit_lines
from klanten_plugin.models import Klant
from tests.api_client import URL, ApiClient, faults, klant_body
from tests.bodies import full_body

CHANGES = ("PUT", "PATCH")
ACTIONS = {
    "POST": ("create", "Object aangemaakt", 201),
    "PUT": ("update", "Object bijgewerkt", 200),
    "PATCH": ("partial_update", "Object deels bijgewerkt", 200),
}


def expected_line(
    line: dict[str, Any], method: str, old: dict[str, Any], new: dict[str, Any]
) -> dict[str, Any]:
    """Return the expected line. Only unpredictable values are copied from the line."""
    action, label, status = ACTIONS[method]
    return {
        "uuid": line["uuid"],
        "bron": "kc",
        "applicatieId": str(Applicatie.objects.get().uuid),
        "applicatieWeergave": "all",
        "gebruikersId": "jdoe",
        "gebruikersWeergave": "J. Doe",
        "actie": action,
        "actieWeergave": label,
        "resultaat": status,
        "hoofdObject": new["url"],
        "resource": "klant",
        "resourceUrl": new["url"],
        "toelichting": "",
        "resourceWeergave": f"{new['bronorganisatie']} - {new['klantnummer']}",
        "aanmaakdatum": line["aanmaakdatum"],
        "wijzigingen": {"oud": old, "nieuw": new},
    }


def test_every_change_has_its_line(api: ApiClient) -> None:
    versions = [api.post(full_body("vestiging")).json()]
    for method, values in (
        ("PATCH", {"adres": None, "klantnummer": "2"}),
        ("PUT", klant_body(subjectType=..., subjectIdentificatie={"handelsnaam": []})),
    ):
        versions.append(api.request(method, versions[0]["url"], values).json())

    lines = api.audit_lines(versions[0])

    assert lines == [
        expected_line(lines[0], "POST", {}, versions[0]),
        expected_line(lines[1], "PATCH", versions[0], versions[1]),
        expected_line(lines[2], "PUT", versions[1], versions[2]),
    ]
    assert lines[0]["aanmaakdatum"].endswith("Z")
    for line in lines:
        url = f"{versions[0]['url']}/audittrail/{line['uuid']}"
        assert api.get(url).json() == line
        assert api.get(url.replace(line["uuid"], line["uuid"].upper())).json() == line


def test_reading_leaves_no_line(api: ApiClient, klant: dict[str, Any]) -> None:
    api.get()
    api.get(klant["url"])
    api.head(klant["url"])

    assert len(api.audit_lines(klant)) == 1


@pytest.fixture
def long_trail(api: ApiClient, klant: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a trail with more lines than are in memory at once."""
    line = AuditTrail.objects.get()
    AuditTrail.objects.bulk_create(
        AuditTrail(
            **{
                **model_to_dict(line, exclude=["id", "uuid"]),
                "toelichting": str(number),
            }
        )
        for number in range(2 * BATCH + 1)
    )
    return represent_lines(audit_lines(Klant.objects.get().uuid))


def test_a_long_trail_is_streamed(
    api: ApiClient, klant: dict[str, Any], long_trail: list[dict[str, Any]]
) -> None:
    response = api.get(f"{klant['url']}/audittrail")

    assert response.json() == long_trail
    assert len(long_trail) == 2 * BATCH + 2
    # for a chunked response, which has all the usual headers
    assert "Content-Length" not in response.headers
    assert response.headers["API-version"] == "1.0.0"
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert api.head(f"{klant['url']}/audittrail").content == b""


def test_a_long_trail_is_streamed_by_asgi(
    api: ApiClient, klant: dict[str, Any], long_trail: list[dict[str, Any]]
) -> None:
    headers = {"Authorization": f"Bearer {api.token}"}
    path = urlsplit(klant["url"]).path

    async def got() -> bytes:
        url = f"{path}/audittrail"
        response = await AsyncClient().get(url, headers=headers)
        assert response.is_async
        return b"".join([chunk async for chunk in response.streaming_content])

    assert json.loads(async_to_sync(got)()) == long_trail


def written(api: ApiClient, method: str, **options: Any) -> AuditTrail:
    """Return the line that another change adds, from the table."""
    path = URL if method == "POST" else api.create()["url"]
    response = api.request(method, path, klant_body(), **options)
    assert response.status_code in (200, 201), response.content
    line: AuditTrail = AuditTrail.objects.latest("pk")
    return line


@pytest.mark.parametrize("method", ACTIONS)
def test_headers(api: ApiClient, method: str) -> None:
    headers = {
        "X-Audit-Toelichting": "Op verzoek van de klant",
        "X-NLX-Logrecord-ID": "6fdb7d52",
    }

    line = written(api, method, headers=headers)

    assert line.toelichting == "Op verzoek van de klant"
    assert line.logrecord_id == "6fdb7d52"
    assert line.gebruikers_id == "jdoe"


UNFIT = {
    "too long": ("x" * 1000, "x" * 254 + "…"),
    "just fits": ("x" * 255, "x" * 255),
    "just too long": ("x" * 256, "x" * 254 + "…"),
    "NUL": ("a\0b", "a\N{REPLACEMENT CHARACTER}b"),
}
UNFIT_CLAIMS = {
    **UNFIT,
    "lone surrogate": ("a\ud800b", "a?b"),
    "null": (None, ""),
    "absent": (..., ""),
    "number": (12, "12"),
    "boolean": (True, "true"),
    "list": (["a"], '["a"]'),
    "object": ({"a": None}, '{"a": null}'),
}


CLAIMS = {
    "user_id": "gebruikers_id",
    "user_representation": "gebruikers_weergave",
}


@pytest.mark.parametrize("name", UNFIT_CLAIMS)
@pytest.mark.parametrize("claim", CLAIMS)
def test_claims_that_do_not_fit(api: ApiClient, name: str, claim: str) -> None:
    sent, stored = UNFIT_CLAIMS[name]

    for method in ACTIONS:
        line = written(api.with_claims(**{claim: sent}), method)
        assert getattr(line, CLAIMS[claim]) == stored


@pytest.mark.parametrize("name", UNFIT)
def test_a_logrecord_id_that_does_not_fit(api: ApiClient, name: str) -> None:
    sent, stored = UNFIT[name]

    for method in ACTIONS:
        line = written(api, method, headers={"X-NLX-Logrecord-ID": sent})
        assert line.logrecord_id == stored


def test_a_toelichting_of_any_length(api: ApiClient) -> None:
    text = "x" * 100_000

    for method in ACTIONS:
        line = written(api, method, headers={"X-Audit-Toelichting": f"{text}\0"})
        assert line.toelichting == f"{text}\N{REPLACEMENT CHARACTER}"


def test_an_application_with_a_long_name(api: ApiClient) -> None:
    Applicatie.objects.update(label="x" * 100)

    assert written(api, "POST").applicatie_weergave == "x" * 100


# --- of exactly this klant


def test_lines_of_other_klanten(api: ApiClient) -> None:
    one, other = api.create(), api.create()

    (line,) = api.audit_lines(one)
    (other_line,) = api.audit_lines(other)

    assert line["hoofdObject"] == one["url"]
    assert other_line["hoofdObject"] == other["url"]
    crossed = f"{one['url']}/audittrail/{other_line['uuid']}"
    assert api.get(crossed).status_code == 404


def test_lines_of_other_apis(api: ApiClient, klant: dict[str, Any]) -> None:
    line = AuditTrail.objects.get()
    line.pk, line.uuid, line.bron = None, uuid.uuid4(), "zrc"
    line.save(force_insert=True)

    assert len(api.audit_lines(klant)) == 1
    assert api.get(f"{klant['url']}/audittrail/{line.uuid}").status_code == 404
    api.delete(klant["url"])
    assert AuditTrail.objects.get() == line


@pytest.mark.parametrize(
    "part",
    [
        lambda _whole: "4",
        lambda whole: whole[0],
        lambda whole: whole[:8],
        lambda whole: whole[:-1],
        lambda whole: whole[1:],
        lambda _whole: "-",
        lambda _whole: "klanten",
        lambda _whole: "%25",
        lambda whole: f"{URL}/{whole}",
    ],
)
def test_a_part_of_the_uuid(api: ApiClient, klant: dict[str, Any], part: Any) -> None:
    root, identifier = klant["url"].rsplit("/", 1)
    trail = f"{root}/{part(identifier)}/audittrail"

    assert api.get(trail).status_code == 404
    (line,) = api.audit_lines(klant)
    assert api.get(f"{trail}/{line['uuid']}").status_code == 404


@pytest.mark.parametrize(
    "path", ["audittrail/{0}", "audittrail/rubbish", "audittrail/", "audittrails"]
)
def test_no_such_line(api: ApiClient, klant: dict[str, Any], path: str) -> None:
    response = api.get(f"{klant['url']}/{path.format(uuid.uuid4())}")

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_whichever_host_was_used(
    api: ApiClient, klant: dict[str, Any], settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    elsewhere = {"HTTP_HOST": "klanten.example.nl", "secure": True}
    prefixed = {"HTTP_HOST": "a.example.nl", "SCRIPT_NAME": "/suite"}
    for options in (elsewhere, prefixed, {}):
        path = api.get(klant["url"]).json()["url"]
        assert api.patch(path, {"achternaam": "x"}, **options).status_code == 200

    trail = f"{klant['url']}/audittrail"
    seen = [api.get(trail, **options).json() for options in ({}, elsewhere, prefixed)]

    assert seen[0] == seen[1] == seen[2]
    path = klant["url"].removeprefix("http://testserver")
    assert [line["hoofdObject"] for line in seen[0]] == [
        f"http://testserver{path}",
        f"https://klanten.example.nl{path}",
        f"http://a.example.nl/suite{path}",
        f"http://testserver{path}",
    ]
    for line in seen[0]:
        assert api.get(f"{trail}/{line['uuid']}", **prefixed).json() == line
    # and none is left, not even for somebody with the UUID
    assert api.delete(klant["url"], **elsewhere).status_code == 204
    assert AuditTrail.objects.count() == 0


def test_after_a_delete(api: ApiClient, klant: dict[str, Any]) -> None:
    (line,) = api.audit_lines(klant)
    other = api.create()

    api.delete(klant["url"])

    trail = f"{klant['url']}/audittrail"
    for path in (trail, f"{trail}/{line['uuid']}"):
        assert api.get(path).status_code == 404
    assert len(api.audit_lines(other)) == 1


def test_of_a_klant_that_never_was(api: ApiClient) -> None:
    trail = f"{URL}/{uuid.uuid4()}/audittrail"

    assert api.get(trail).status_code == 404
    assert api.get(f"{trail}/{uuid.uuid4()}").status_code == 404


# --- atomic with the change


@pytest.mark.parametrize("method", ACTIONS)
def test_no_line_without_its_change(api: ApiClient, method: str) -> None:
    api.create(klantnummer="1")
    path = URL if method == "POST" else api.create(klantnummer="2")["url"]
    lines = AuditTrail.objects.count()

    response = api.request(method, path, klant_body(klantnummer="1"))

    assert faults(response) == {("nonFieldErrors", "unique")}
    assert AuditTrail.objects.count() == lines


def test_no_line_of_a_request_that_is_refused(
    api: ApiClient, klant: dict[str, Any]
) -> None:
    assert api.patch(klant["url"], {"achternaam": None}).status_code == 400
    assert api.put(klant["url"], {}).status_code == 400
    assert api.post({}).status_code == 400

    assert AuditTrail.objects.count() == 1


@contextmanager
def a_full_disk(table: str, events: str) -> Iterator[None]:
    """Make the database refuse to write to ``table``."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE FUNCTION tests_refuse() RETURNS trigger AS $$
            BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = 'disk_full'; END
            $$ LANGUAGE plpgsql;
            CREATE TRIGGER tests_refuse BEFORE {events} ON {table}
            FOR EACH ROW EXECUTE FUNCTION tests_refuse();
            """
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION tests_refuse CASCADE")


@pytest.mark.django_db(transaction=True)
def test_no_change_without_its_line(api: ApiClient) -> None:
    klant = api.post(full_body("vestiging")).json()
    changed = full_body("vestiging", klantnummer="2", adres=None, achternaam="Anders")

    with a_full_disk("audittrails_audittrail", "INSERT OR DELETE"):
        answers = [
            api.post(changed),
            api.put(klant["url"], changed),
            api.patch(klant["url"], changed),
            api.delete(klant["url"]),
        ]

    assert [answer.status_code for answer in answers] == [500] * 4
    for answer in answers:
        assert "disk full" not in answer.content.decode()
    assert api.get().json()["results"] == [klant]
    assert Klant.objects.count() == len(api.audit_lines(klant)) == 1


@pytest.mark.django_db(transaction=True)
def test_no_half_a_klant(api: ApiClient) -> None:
    klant = api.post(full_body("vestiging")).json()
    changed = full_body("vestiging", klantnummer="2", achternaam="Anders")
    changed["subjectIdentificatie"]["verblijfsadres"]["aoaPostcode"] = "1"

    with a_full_disk("klanten_plugin_verblijfsadres", "INSERT OR UPDATE OR DELETE"):
        answers = [
            api.post(changed),
            api.put(klant["url"], changed),
            api.patch(klant["url"], changed),
            api.delete(klant["url"]),
        ]

    assert [answer.status_code for answer in answers] == [500] * 4
    assert api.get().json()["results"] == [klant]
    assert len(api.audit_lines(klant)) == AuditTrail.objects.count() == 1
