"""Validate responses against the OpenAPI document that is served."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import yaml
from jsonschema import Draft4Validator
from jsonschema.validators import extend

from klanten_plugin.api.documents import document_text

API = re.compile(r"/klanten/api/v1(/klanten.*)")
NOT_DOCUMENTED = {304, 405, 411, 413}
"""Responses of HTTP itself that the official document omits."""
PROBLEM = "application/problem+json"


@cache
def document() -> dict[str, Any]:
    """Return the document."""
    loaded: dict[str, Any] = yaml.safe_load(document_text())
    return loaded


def _unless_null(keyword: str) -> Any:
    def check(validator: Any, value: Any, instance: Any, schema: dict[str, Any]) -> Any:
        if instance is None and schema.get("nullable"):
            return
        yield from Draft4Validator.VALIDATORS[keyword](
            validator, value, instance, schema
        )

    return check


OpenApiValidator = extend(
    Draft4Validator, {name: _unless_null(name) for name in ("type", "enum")}
)
"""OpenAPI 3.0's dialect: JSON Schema draft 4 with ``nullable``."""


def operation(method: str, path: str) -> dict[str, Any] | None:
    """Return the operation of the document, or ``None``."""
    match = API.fullmatch(path.split("?")[0])
    if match is None:
        return None
    for template, item in document()["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", template)
        if re.fullmatch(pattern, match.group(1)):
            found: dict[str, Any] | None = item.get(
                "get" if method == "HEAD" else method.lower()
            )
            return found
    return None


def assert_documented(method: str, path: str, response: Any) -> None:
    """Check status, headers, media type and body against the document."""
    if not path.startswith("/klanten/api/"):
        return
    assert response.headers["API-version"] == document()["info"]["version"]
    if response.status_code >= 400:
        _assert_problem(method, response)
    described = operation(method, path)
    if described is None or response.status_code in NOT_DOCUMENTED:
        return
    status = str(response.status_code)
    # an error of the path itself, on a collection
    expected = described["responses"].get(status)
    if expected is None:
        assert status in ("400", "404"), f"{method} {path}: {status} isn't documented"
        return
    for header in expected.get("headers", {}):
        assert header in response.headers, f"{header} is missing"
    for media_type, content in expected.get("content", {}).items():
        assert response.headers["Content-Type"] == media_type
        if method != "HEAD":
            _validate(json.loads(response.content), content["schema"])


def _assert_problem(method: str, response: Any) -> None:
    """Check that an error has the suite's format, documented or not."""
    assert response.headers["Content-Type"] == PROBLEM
    if method == "HEAD":
        return
    body = json.loads(response.content)
    schema = "ValidatieFout" if "invalidParams" in body else "Fout"
    _validate(body, {"$ref": f"#/components/schemas/{schema}"})
    assert body["status"] == response.status_code


def _validate(body: Any, schema: dict[str, Any]) -> None:
    _validator(json.dumps(schema)).validate(body)
    for klant in _klanten(body):
        # as its variant, which omits absent fields
        if kind := klant.get("subjectType"):
            variant = {"$ref": f"#/components/schemas/{kind}"}
            _validator(json.dumps(variant)).validate(_without_empty(klant))


@cache
def _validator(schema: str) -> Any:
    return OpenApiValidator(
        {**json.loads(schema), "components": document()["components"]}
    )


def _klanten(body: Any) -> list[dict[str, Any]]:
    if not isinstance(body, dict):
        return []
    return body.get("results", [body] if "klantnummer" in body else [])


def _without_empty(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    optional = {"geslachtsaanduiding", "innRechtsvorm", "inpANummer"}
    return {
        name: _without_empty(item)
        for name, item in value.items()
        if not (item is None or (name in optional and item == ""))
    }
