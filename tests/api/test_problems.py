"""Every error is problem+json, whatever its origin, and its type is a page."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIHandler
from django.test.utils import override_settings

import pytest

from tests.api_client import (
    ROOT,
    URL,
    ApiClient,
    EnvironFactory,
    klant_body,
    serve,
)
from tests.contract import PROBLEM

MANY = "&".join(f"p{number}=1" for number in range(1500))
COMMON = "django.middleware.common.CommonMiddleware"
HAS_COMMON = COMMON in django_settings.MIDDLEWARE
DOCUMENTS = ("openapi.yaml", "openapi.json", "schema/", "schema/redoc.standalone.js")
CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """Return the body of an error in the suite's format."""
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == PROBLEM
    assert response.headers["API-version"] == "1.0.0"
    body: dict[str, Any] = json.loads(response.content)
    assert response.headers["Content-Length"] == str(len(response.content))
    keys = {"type", "code", "title", "status", "detail", "instance"}
    assert body.keys() - {"invalidParams"} == keys
    assert ("invalidParams" in body) == (status == 400)
    assert all(body.values()) or body["invalidParams"] == []
    assert (body["status"], body["code"]) == (status, code)
    return body


def test_too_many_parameters(api: ApiClient, klant: dict[str, Any]) -> None:
    body = problem(api.get(f"{URL}?{MANY}"), 400, "parse_error")

    assert body["detail"] == "Het verzoek heeft te veel parameters."
    assert api.get(f"{URL}?{MANY[:1000]}").json()["results"] == [klant]


@pytest.mark.parametrize("host", ["elsewhere.example", "a b", "x" * 300])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize("path", [URL, f"{ROOT}/openapi.yaml", f"{ROOT}/x"])
def test_a_host_name_that_is_refused(
    api: ApiClient, host: str, method: str, path: str
) -> None:
    content: Any = klant_body() if method == "POST" else ...

    response = api.request(method, path, content, documented=False, HTTP_HOST=host)

    if HAS_COMMON:
        assert response.status_code == 400
    # otherwise nothing checks the host name
    if method == "HEAD":
        assert response.content == b""
    elif response.status_code == 400:
        problem(response, 400, "parse_error")
    elif response.status_code != 200:
        assert response.headers["Content-Type"] == PROBLEM
    assert api.get().json()["count"] == 0


@pytest.mark.parametrize("method", ["OPTIONS", "POST", "BREW"])
@pytest.mark.parametrize("path", DOCUMENTS)
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_another_method_for_a_document(method: str, path: str, accept: str) -> None:
    response = ApiClient().request(method, f"{ROOT}/{path}", headers={"Accept": accept})

    problem(response, 405, "method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize("append_slash", [True, False])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_the_root_without_its_slash(db: Any, append_slash: bool, method: str) -> None:
    with override_settings(APPEND_SLASH=append_slash):
        for query in ("", "?x=1"):
            path = f"/klanten/api{query}"
            response = ApiClient().request(method, path, documented=False)
            problem(response, 404, "not_found")


def test_paths_of_the_host_stay_its_own(db: Any) -> None:
    for path in ("/klanten/apix", "/klanten", "/elders/klanten/api"):
        response = ApiClient().request("GET", path, documented=False)
        assert response.status_code == 404
        assert response.headers["Content-Type"] != PROBLEM
        assert "API-version" not in response.headers


def failing(get_response: Any) -> Any:
    """Middleware of a host that responds before our views, as the test configures."""

    def middleware(request: Any) -> Any:
        kind = request.headers.get("X-Fail")
        if kind == "500":
            raise RuntimeError
        if kind == "fields":
            len(request.GET)
        return get_response(request)

    return middleware


@pytest.mark.parametrize(
    ("kind", "status", "code"), [("500", 500, "error"), ("fields", 400, "parse_error")]
)
def test_an_error_of_the_middleware_of_the_host(
    api: ApiClient, kind: str, status: int, code: str
) -> None:
    first, *others = django_settings.MIDDLEWARE
    middleware = [first, f"{__name__}.failing", *others]
    environ: Any = EnvironFactory().generic(
        "GET", f"{URL}?{MANY}", headers={"X-Fail": kind}
    )
    with override_settings(MIDDLEWARE=middleware):
        response = serve(environ, WSGIHandler())

    problem(response, status, code)


@pytest.mark.parametrize("debug", [True, False])
def test_a_host_that_debugs_keeps_its_own_page(api: ApiClient, debug: bool) -> None:
    first, *others = django_settings.MIDDLEWARE
    middleware = [first, f"{__name__}.failing", *others]
    environ: Any = EnvironFactory().generic("GET", URL, headers={"X-Fail": "500"})
    with override_settings(MIDDLEWARE=middleware, DEBUG=debug):
        response = serve(environ, WSGIHandler())

    assert (response.headers["Content-Type"] == PROBLEM) != debug


REFUSED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "400": ("POST", URL, {"data": {}}),
    "400 parse": ("POST", URL, {"content": b"{"}),
    "400 filter": ("GET", f"{URL}?subjectType=x", {}),
    "403": ("GET", URL, {"headers": {"Authorization": ""}}),
    "404": ("GET", f"{URL}/x", {}),
    "404 page": ("GET", f"{URL}?page=9", {}),
    "405": ("BREW", URL, {}),
    "406": ("GET", URL, {"headers": {"Accept": "text/xml"}}),
    "411": ("POST", URL, {"data": {}, **CHUNKED}),
    "413": ("POST", URL, {"content": b" " * (1024 * 1024 + 1)}),
    "415": ("POST", URL, {"content": b"{}", "content_type": "text/plain"}),
}


@pytest.mark.parametrize("prefix", ["", "/suite"])
@pytest.mark.parametrize("name", REFUSED)
def test_the_type_of_an_error_is_a_page(api: ApiClient, name: str, prefix: str) -> None:
    method, path, options = REFUSED[name]

    response = api.request(method, path, SCRIPT_NAME=prefix, **options)

    assert str(response.status_code) == name.split()[0]
    where = urlsplit(response.json()["type"])
    assert (where.scheme, where.netloc) == ("http", "testserver")
    assert where.path.startswith(f"{prefix}/")
    page = ApiClient().get(
        where.path.removeprefix(prefix), SCRIPT_NAME=prefix, documented=False
    )
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    if name in ("411", "413"):
        assert response.json()["code"] in page.content.decode()
        assert response.json()["detail"] in page.content.decode()


@pytest.mark.parametrize("name", ["APIException", "x", "..", "BodyTooLarge/"])
def test_no_page_of_an_error_that_is_not_ours(db: Any, name: str) -> None:
    response = ApiClient().get(f"{ROOT}/schema/fouten/{name}")

    problem(response, 404, "not_found")
