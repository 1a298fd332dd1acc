"""Access the API like a consumer: JSON over HTTP, with a token."""

from __future__ import annotations

import json
import time
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import override_script_prefix

import jwt
from vng_api_common.authorizations.models import Applicatie, Autorisatie
from vng_api_common.models import JWTSecret

from tests.contract import assert_documented

ROOT = "/klanten/api/v1"
URL = f"{ROOT}/klanten"
ORIGIN = "http://testserver"
WRITES = ("POST", "PUT", "PATCH")
SECRET = "a secret of more than thirty-two characters"
KLANTEN = (
    "klanten.lezen",
    "klanten.aanmaken",
    "klanten.bijwerken",
    "klanten.verwijderen",
    "audittrails.lezen",
)


def make_token(
    client_id: Any, secret: str = SECRET, algorithm: str = "HS256", **claims: Any
) -> str:
    """Return a token. ``claims`` are added to it; ``...`` removes one."""
    payload: dict[str, Any] = {
        "iss": "tests",
        "iat": int(time.time()),
        "client_id": client_id,
        "user_id": "jdoe",
        "user_representation": "J. Doe",
        **claims,
    }
    kept = {name: value for name, value in payload.items() if value is not ...}
    return jwt.encode(kept, secret, algorithm=algorithm)


class EnvironFactory(RequestFactory):
    """Creates the environ that a WSGI server passes to Django."""

    def request(self, **request: Any) -> Any:
        return self._base_environ(**request)


@cache
def handler() -> WSGIHandler:
    """The host, with its middleware."""
    return WSGIHandler()


def serve(environ: dict[str, Any], host: WSGIHandler | None = None) -> Any:
    """Return the response of the host, as passed to the server.

    Django's test client isn't as faithful: it drops the body of a HEAD and of a 304 by
    itself, raises exceptions that should be a 500, and doesn't support script prefixes.
    """
    signals = (request_started, request_finished)
    for signal in signals:
        # otherwise the connection with the transaction of the test is closed
        signal.disconnect(close_old_connections)
    try:
        with override_script_prefix("/"):
            response: Any = (host or handler())(environ, lambda _status, _headers: None)
            if response.streaming:
                content = b"".join(response)
                response = HttpResponse(
                    content, status=response.status_code, headers=response.headers
                )
            response.close()
    finally:
        for signal in signals:
            signal.connect(close_old_connections)
    response.json = lambda: json.loads(response.content)
    return response


class ApiClient:
    """A consumer. Validates every response against the OpenAPI document."""

    def __init__(self, token: str = "") -> None:
        self.token = token

    def with_claims(self, **claims: Any) -> ApiClient:
        """Return a client of the same application, with other claims in its token."""
        claimed = jwt.decode(self.token, options={"verify_signature": False})
        return ApiClient(make_token(**{**claimed, **claims}))

    def request(self, method: str, path: str, data: Any = ..., **options: Any) -> Any:
        """Return the response. ``data`` is sent as JSON, ``content`` as bytes.

        ``path`` may be an absolute URL from a response. ``documented=False`` is for the
        few requests that no document could describe.
        """
        parts = urlsplit(path)
        path = parts._replace(scheme="", netloc="").geturl()
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= options.pop("headers", {})
        documented = options.pop("documented", True)
        content = options.pop("content", b"" if data is ... else json.dumps(data))
        content_type = options.pop("content_type", "application/json")
        environ: Any = EnvironFactory().generic(
            method, path, content, content_type, headers=headers, **options
        )
        response = serve(environ)
        if documented:
            assert_documented(method, path, response)
        return response

    def get(self, path: str = URL, **options: Any) -> Any:
        return self.request("GET", path, **options)

    def head(self, path: str = URL, **options: Any) -> Any:
        return self.request("HEAD", path, **options)

    def post(self, data: Any = ..., path: str = URL, **options: Any) -> Any:
        return self.request("POST", path, data, **options)

    def put(self, path: str, data: Any = ..., **options: Any) -> Any:
        return self.request("PUT", path, data, **options)

    def patch(self, path: str, data: Any = ..., **options: Any) -> Any:
        return self.request("PATCH", path, data, **options)

    def delete(self, path: str, **options: Any) -> Any:
        return self.request("DELETE", path, **options)

    def create(self, **fields: Any) -> dict[str, Any]:
        """Create a klant with the required fields and ``fields``."""
        response = self.post(klant_body(**fields))
        assert response.status_code == 201, response.content
        created: dict[str, Any] = response.json()
        return created

    def audit_lines(self, klant: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the audit trail of a klant."""
        response = self.get(f"{klant['url']}/audittrail")
        assert response.status_code == 200, response.content
        lines: list[dict[str, Any]] = response.json()
        return lines


def make_application(client_id: str, *scopes: str, component: str = "kc") -> ApiClient:
    """Return a client of an application that has these scopes on ``component``."""
    JWTSecret.objects.create(identifier=client_id, secret=SECRET)
    applicatie = Applicatie.objects.create(client_ids=[client_id], label=client_id)
    if scopes:
        Autorisatie.objects.create(
            applicatie=applicatie, component=component, scopes=list(scopes)
        )
    return ApiClient(make_token(client_id))


def klant_body(**fields: Any) -> dict[str, Any]:
    """Return the required fields of a klant, and ``fields``. ``...`` omits a field."""
    body = {
        "bronorganisatie": "123456782",
        "websiteUrl": "https://example.nl/",
        "subjectType": "natuurlijk_persoon",
        "subjectIdentificatie": {"inpBsn": "900222086"},
        **fields,
    }
    return {name: value for name, value in body.items() if value is not ...}


def faults(response: Any) -> set[tuple[str, str]]:
    """Return names and codes of the errors in a 400."""
    assert response.status_code == 400, response.content
    body = response.json()
    assert body["code"] == "invalid", body
    for param in body["invalidParams"]:
        assert param["reason"] not in ("", "None"), param
    return {(param["name"], param["code"]) for param in body["invalidParams"]}


def codes_by_name(response: Any) -> dict[str, set[str]]:
    """Return the error codes of a 400 by name."""
    codes: dict[str, set[str]] = {}
    for name, code in faults(response):
        codes.setdefault(name, set()).add(code)
    return codes


def assert_faults(response: Any, expected: dict[str, set[str]]) -> None:
    """Check the names and codes of errors. The codes vary by version of the suite."""
    codes = codes_by_name(response)
    assert codes.keys() == expected.keys()
    for name, allowed in expected.items():
        assert codes[name] <= allowed, name
