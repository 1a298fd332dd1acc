"""Permissions per operation, and tokens that are refused."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.db import OperationalError, connection

import jwt
import pytest
import requests
from vng_api_common.authorizations.models import (
    Applicatie,
    AuthorizationsConfig,
    Autorisatie,
)
from vng_api_common.models import JWTSecret
from zgw_consumers.constants import APITypes, AuthTypes
from zgw_consumers.models import Service

from tests.api_client import (
    KLANTEN,
    SECRET,
    URL,
    ApiClient,
    klant_body,
    make_application,
    make_token,
)
from tests.conftest import set_component

OPERATIONS: dict[str, tuple[str, str, Any, str, int]] = {
    "klant_list": ("GET", URL, ..., "klanten.lezen", 200),
    "klant_list by HEAD": ("HEAD", URL, ..., "klanten.lezen", 200),
    "klant_create": ("POST", URL, klant_body(), "klanten.aanmaken", 201),
    "klant_read": ("GET", "{klant}", ..., "klanten.lezen", 200),
    "klant_read by HEAD": ("HEAD", "{klant}", ..., "klanten.lezen", 200),
    "klant_update": ("PUT", "{klant}", klant_body(), "klanten.bijwerken", 200),
    "klant_partial_update": ("PATCH", "{klant}", {}, "klanten.bijwerken", 200),
    "klant_delete": ("DELETE", "{klant}", ..., "klanten.verwijderen", 204),
    "audittrail_list": ("GET", "{trail}", ..., "audittrails.lezen", 200),
    "audittrail_list by HEAD": ("HEAD", "{trail}", ..., "audittrails.lezen", 200),
    "audittrail_read": ("GET", "{line}", ..., "audittrails.lezen", 200),
    "audittrail_read by HEAD": ("HEAD", "{line}", ..., "audittrails.lezen", 200),
}


@pytest.fixture
def paths(api: ApiClient) -> dict[str, str]:
    """Paths of resources that can be read or changed."""
    klant = api.create()["url"]
    trail = f"{klant}/audittrail"
    line = f"{trail}/{api.get(trail).json()[0]['uuid']}"
    return {"klant": klant, "trail": trail, "line": line}


@pytest.fixture(params=["kc", "zrc"])
def component(api: ApiClient, request: pytest.FixtureRequest) -> None:
    """Hosts that provide only the Klanten API, and hosts with other components."""
    set_component(request.param)


@pytest.mark.usefixtures("component")
@pytest.mark.parametrize("name", OPERATIONS)
def test_scopes(paths: dict[str, str], name: str) -> None:
    method, path, data, needed, status = OPERATIONS[name]
    path = path.format(**paths)
    # the valid one last, because it may delete the klant
    others = ["", "zaken.lezen", "klanten", "klanten.lezen.x", *KLANTEN]
    scopes = [*(scope for scope in others if scope != needed), needed]

    statuses = {
        scope: make_application(f"only {scope}", *filter(None, [scope]))
        .request(method, path, data)
        .status_code
        for scope in scopes
    }

    assert statuses == {**dict.fromkeys(scopes, 403), needed: status}


@pytest.mark.usefixtures("component")
@pytest.mark.parametrize("component_of_scope", ["zrc", "cmc", "ac"])
def test_scopes_on_another_component(
    paths: dict[str, str], component_of_scope: str
) -> None:
    client = make_application("other", *KLANTEN, component=component_of_scope)

    for method, path, data, _scope, _status in OPERATIONS.values():
        response = client.request(method, path.format(**paths), data)
        assert response.status_code == 403


@pytest.mark.usefixtures("component")
def test_an_application_that_may_do_everything(paths: dict[str, str]) -> None:
    client = make_application("superuser")
    applicaties = Applicatie.objects.filter(label="superuser")
    applicaties.update(heeft_alle_autorisaties=True)

    for name, (method, path, data, _scope, status) in OPERATIONS.items():
        if name != "klant_delete":
            response = client.request(method, path.format(**paths), data)
            assert response.status_code == status, name


@pytest.mark.usefixtures("component")
def test_scopes_of_several_autorisaties_add_up(paths: dict[str, str]) -> None:
    client = make_application("several", "klanten.lezen")
    Autorisatie.objects.create(
        applicatie=Applicatie.objects.get(label="several"),
        component="kc",
        scopes=["klanten.verwijderen"],
    )

    assert client.get(paths["klant"]).status_code == 200
    assert client.delete(paths["klant"]).status_code == 204


def test_an_application_that_the_host_does_not_know(api: ApiClient) -> None:
    JWTSecret.objects.create(identifier="nobody", secret=SECRET)

    response = ApiClient(make_token("nobody")).get()

    assert response.status_code == 403
    assert response.json()["code"] == "permission_denied"


AUTORISATIES = "https://ac.example.nl/api/v1/"

ANSWERS: dict[str, dict[str, Any]] = {
    "refused": {"exc": requests.ConnectionError},
    "too slow": {"exc": requests.Timeout},
    "broken": {"status_code": 500, "text": "<h1>Internal Server Error</h1>"},
    "no JSON": {"text": "<h1>Welcome</h1>"},
    "unknown there too": {"json": {"count": 0, "results": []}},
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_application_that_the_autorisaties_api_does_not_tell_of(
    api: ApiClient, requests_mock: Any, name: str
) -> None:
    config = AuthorizationsConfig.get_solo()
    config.authorizations_api_service = Service.objects.create(
        label="ac",
        slug="ac",
        api_type=APITypes.ac,
        auth_type=AuthTypes.zgw,
        api_root=AUTORISATIES,
        client_id="klanten",
        secret=SECRET,
    )
    config.save()
    asked = requests_mock.get(f"{AUTORISATIES}applicaties", **ANSWERS[name])
    JWTSecret.objects.create(identifier="nobody", secret=SECRET)

    response = ApiClient(make_token("nobody")).get()

    assert response.status_code == 403
    assert asked.called


# --- tokens

Tokens = dict[str, tuple[Callable[[], str], str | None]]


def ago(seconds: int) -> int:
    """Return a time in the past."""
    return int(time.time()) - seconds


def signed_otherwise() -> str:
    """Return the claims of one token with the signature of another."""
    mine, other = make_token("all"), make_token("other")
    return ".".join([*mine.split(".")[:2], other.split(".")[2]])


def with_header(signature_of: str = "", **header: Any) -> str:
    """Return a token with more header fields than the suite's clients use."""
    claims = {"client_id": "all", "iat": ago(0)}
    parts = [{"typ": "JWT", "alg": "HS256", **header}, claims]
    encoded = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in parts
    ]
    signed = make_token(signature_of).split(".")[2] if signature_of else ""
    return ".".join([*encoded, signed])


TOKENS: Tokens = {
    "wrong secret": (lambda: make_token("all", SECRET[::-1]), "invalid-jwt-signature"),
    "signature of another": (signed_otherwise, "invalid-jwt-signature"),
    "unknown client": (lambda: make_token("nobody"), "invalid-client-identifier"),
    "no client": (lambda: make_token(...), "missing-client-identifier"),
    "no JWT": (lambda: "x", "jwt-decode-error"),
    "nearly a JWT": (lambda: "x.y.z", "jwt-decode-error"),
    "claims that aren't an object": (
        lambda: jwt.api_jws.encode(b"[]", SECRET, algorithm="HS256"),
        "jwt-decode-error",
    ),
    "claims that aren't JSON": (
        lambda: jwt.api_jws.encode(b"klant", SECRET, algorithm="HS256"),
        "jwt-decode-error",
    ),
    "half of a JWT": (lambda: make_token("all")[:40], "jwt-decode-error"),
    "white space": (lambda: "a b", "jwt-decode-error"),
    "accents": (lambda: "é.é.é", "jwt-decode-error"),
    "a hundred thousand characters": (lambda: "x" * 100_000, "jwt-decode-error"),
    "a very long claim": (lambda: make_token("x" * 100_000), None),
    "no iat": (lambda: make_token("all", iat=...), None),
    "iat long ago": (lambda: make_token("all", iat=ago(10**8)), "jwt-expired"),
    **{
        f"iat {value!r}": (lambda value=value: make_token("all", iat=value), None)
        for value in (None, "yesterday", "", [], {}, "\0")
    },
    "expired": (lambda: make_token("all", exp=ago(60)), None),
    "exp as text": (lambda: make_token("all", exp="tomorrow"), None),
    "exp a list": (lambda: make_token("all", exp=[]), None),
    "nbf in the future": (lambda: make_token("all", nbf=ago(-3600)), None),
    "iat in the future": (
        lambda: make_token("all", iat=ago(-3600)),
        "jwt-immaturesignatureerror",
    ),
    "iat in the future, as text": (
        lambda: make_token("all", iat=str(ago(-3600))),
        "jwt-immaturesignatureerror",
    ),
    "crit": (lambda: with_header(crit=["exp"]), None),
    "crit, signed": (
        lambda: with_header(signature_of="all", crit=["b64"], b64=False),
        None,
    ),
    "crit that is no list": (lambda: with_header(crit="exp"), None),
    "alg that is no text": (lambda: with_header(alg=["HS256"]), None),
    "kid that is no text": (lambda: with_header(kid=5), None),
    "nbf as text": (lambda: make_token("all", nbf="x"), None),
    "aud": (lambda: make_token("all", aud="https://klanten.example.nl"), None),
    "aud a list": (lambda: make_token("all", aud=["a", "b"]), None),
    "alg none": (
        lambda: jwt.encode({"client_id": "all", "iat": ago(0)}, None, "none"),
        None,
    ),
    "HS512": (lambda: make_token("all", f"{SECRET}{SECRET}", "HS512"), None),
    **{
        f"client_id {value!r}": (lambda value=value: make_token(value), None)
        for value in ("", "\0", "all\0", "\ud800", None, 5, 5.5, True)
    },
    **{
        f"client_id {value!r}": (lambda value=value: make_token(value), None)
        for value in (["all"], {"all": 1}, [], {}, 10**400)
    },
}


@pytest.mark.parametrize("name", TOKENS)
def test_tokens_that_are_refused(
    api: ApiClient, klant: dict[str, Any], name: str
) -> None:
    make, code = TOKENS[name]
    client = ApiClient(make())

    for method, path in (("GET", URL), ("PATCH", klant["url"]), ("POST", URL)):
        response = client.request(method, path, klant_body())
        assert response.status_code == 403, response.content
        if code is not None:
            assert response.json()["code"] == code
    assert api.get().json()["results"] == [klant]


@pytest.mark.parametrize(("ahead", "status"), [(0, 200), (50, 200), (120, 403)])
def test_a_clock_that_is_ahead_by_less_than_the_leeway(
    api: ApiClient, settings: Any, ahead: int, status: int
) -> None:
    settings.TIME_LEEWAY = 60

    response = api.with_claims(iat=ago(-ahead)).get()

    assert response.status_code == status


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic YWxsOmFsbA==",
        "Token {token}",
        "{token}",
        "bearer: {token}",
        "Bearer\t{token}",
        "Digest username=all",
    ],
)
def test_authorisation_of_another_kind(api: ApiClient, header: str | None) -> None:
    headers = (
        {} if header is None else {"Authorization": header.format(token=api.token)}
    )

    response = ApiClient().get(headers=headers)

    assert response.status_code == 403
    if header in (None, "", "Bearer", "Basic YWxsOmFsbA=="):
        assert response.json()["code"] == "permission_denied"


def test_a_token_in_the_query_or_a_cookie_does_not_count(api: ApiClient) -> None:
    response = ApiClient().get(
        f"{URL}?token={api.token}", headers={"Cookie": f"token={api.token}"}
    )

    assert response.status_code == 403


def test_nothing_of_a_klant_is_in_a_refusal(
    api: ApiClient, klant: dict[str, Any]
) -> None:
    there, not_there = (
        ApiClient().get(url).json() for url in (klant["url"], f"{URL}/{uuid.uuid4()}")
    )

    assert {**there, "instance": ""} == {**not_there, "instance": ""}


def test_a_database_that_is_away_is_not_the_consumers_fault(
    api: ApiClient, settings: Any
) -> None:
    def refuse(*_args: Any) -> Any:
        raise OperationalError("server closed the connection unexpectedly")

    with connection.execute_wrapper(refuse):
        response = api.get()

    assert response.status_code == 500
    assert "closed the connection" not in response.content.decode()
