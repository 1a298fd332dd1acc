"""HTTP methods, and the order of the checks on a request."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.api_client import (
    URL,
    ApiClient,
    klant_body,
)


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
