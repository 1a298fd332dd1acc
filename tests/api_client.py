"""Speak to the API as a consumer does: JSON over HTTP, with a token."""

from __future__ import annotations

import json
import time
from typing import Any

from django.test import Client

import jwt
from vng_api_common.authorizations.models import Applicatie, Autorisatie
from vng_api_common.models import JWTSecret

from tests.contract import assert_documented

ROOT = "/klanten/api/v1"
URL = f"{ROOT}/klanten"
SECRET = "a secret of more than thirty-two characters"
KLANTEN = (
    "klanten.lezen",
    "klanten.aanmaken",
    "klanten.bijwerken",
    "klanten.verwijderen",
    "audittrails.lezen",
)


def make_token(client_id: str, secret: str = SECRET, **claims: Any) -> str:
    """A token as consumers make it; ``claims`` are added to it, ``...`` removes one."""
    payload: dict[str, Any] = {
        "iss": client_id,
        "iat": int(time.time()),
        "client_id": client_id,
        "user_id": "jdoe",
        "user_representation": "J. Doe",
        **claims,
    }
    kept = {name: value for name, value in payload.items() if value is not ...}
    return jwt.encode(kept, secret, algorithm="HS256")


class ApiClient:
    """A consumer. Every answer is held against the OpenAPI document."""

    def __init__(self, token: str = "", **options: Any) -> None:
        self.client = Client(raise_request_exception=False, **options)
        self.token = token

    def request(self, method: str, path: str, data: Any = ..., **options: Any) -> Any:
        """The answer; ``data`` is sent as JSON, ``content`` as the bytes it is."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= options.pop("headers", {})
        content = options.pop("content", b"" if data is ... else json.dumps(data))
        content_type = options.pop("content_type", "application/json")
        response = self.client.generic(
            method, path, content, content_type, headers=headers, **options
        )
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


def make_application(client_id: str, *scopes: str, component: str = "kc") -> ApiClient:
    """A client of an application that has these scopes on ``component``."""
    JWTSecret.objects.create(identifier=client_id, secret=SECRET)
    applicatie = Applicatie.objects.create(client_ids=[client_id], label=client_id)
    if scopes:
        Autorisatie.objects.create(
            applicatie=applicatie, component=component, scopes=list(scopes)
        )
    return ApiClient(make_token(client_id))


def klant_body(**fields: Any) -> dict[str, Any]:
    """The least that makes a klant, and ``fields``; ``...`` leaves a field out."""
    body = {
        "bronorganisatie": "123456782",
        "websiteUrl": "https://example.nl/",
        "subjectType": "natuurlijk_persoon",
        "subjectIdentificatie": {"inpBsn": "900222086"},
        **fields,
    }
    return {name: value for name, value in body.items() if value is not ...}


def faults(response: Any) -> set[tuple[str, str]]:
    """Names and codes of what was wrong, of an answer 400."""
    assert response.status_code == 400, response.content
    return {
        (param["name"], param["code"]) for param in response.json()["invalidParams"]
    }
