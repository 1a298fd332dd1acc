"""The OpenAPI document and its documentation page: public, from one file."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from klanten_plugin.api import documents
from tests.api_client import ROOT, ApiClient
from tests.contract import document
from tests.openapi.__main__ import main as update_document

YAML = ("schema/openapi.yaml", "openapi.yaml")
JSON = ("schema/openapi.json", "openapi.json")
REDOC = "schema/"
SCRIPT = "schema/redoc.standalone.js"
PREFIXES = ("", "/suite", "/a/b")

anyone = ApiClient()


def served(path: str, prefix: str = "", **options: Any) -> Any:
    """Return the response without a token, behind a script prefix."""
    response = anyone.get(f"{ROOT}/{path}", SCRIPT_NAME=prefix, **options)
    assert response.status_code == 200, response.content
    return response


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("path", [*YAML, *JSON])
def test_the_document_with_the_server_that_serves_it(path: str, prefix: str) -> None:
    response = served(path, prefix)

    extension = path.rsplit(".", 1)[1]
    assert response.headers["Content-Type"] == f"application/{extension}"
    content = (
        response.json() if extension == "json" else yaml.safe_load(response.content)
    )
    assert content == {**document(), "servers": [{"url": f"{prefix}{ROOT}"}]}


def test_the_yaml_is_the_file_that_was_generated() -> None:
    assert served("openapi.yaml").content.decode() == documents.document_text()


@pytest.mark.parametrize("path", [*YAML, *JSON])
def test_who_has_the_document_is_told_so(path: str, settings: Any) -> None:
    etag = served(path).headers["ETag"]

    again = anyone.get(f"{ROOT}/{path}", headers={"If-None-Match": etag})
    assert (again.status_code, again.headers["ETag"]) == (304, etag)

    settings.KLANTEN_WEBSITE_URL_REQUIRED = False
    other = served(path, headers={"If-None-Match": etag})
    assert other.headers["ETag"] != etag


@pytest.mark.parametrize("path", [*YAML, *JSON, REDOC, SCRIPT])
def test_headers(path: str) -> None:
    got, head = served(path), anyone.head(f"{ROOT}/{path}")

    assert got.headers["API-version"] == "1.0.0"
    assert "public" in got.headers["Cache-Control"]
    assert "Authorization" not in got.headers.get("Vary", "")
    assert dict(head.headers) == dict(got.headers)
    assert head.content == b""


@pytest.mark.parametrize("path", [*YAML, *JSON, REDOC, SCRIPT])
@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "application/vnd.oai.openapi"},
        {"Accept": "text/html"},
        {"Accept": "rubbish"},
        {"Authorization": "Bearer rubbish"},
    ],
)
def test_for_anyone_however_it_is_asked(path: str, headers: dict[str, str]) -> None:
    served(path, headers=headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [*YAML, *JSON, REDOC, SCRIPT])
def test_only_to_read(method: str, path: str) -> None:
    assert anyone.request(method, f"{ROOT}/{path}").status_code == 405


@pytest.mark.parametrize(
    "path", ["schema", "schema/openapi", "openapi.xml", "openapi.yaml/", "schema/x"]
)
def test_there_is_no_more(path: str) -> None:
    assert anyone.get(f"{ROOT}/{path}").status_code == 404


def references(page: str) -> list[str]:
    """Return all references on the page."""
    return re.findall(
        r"""(?:src|href|spec-url|action|url\()\s*=?\s*["']([^"']*)""", page
    )


@pytest.mark.parametrize("prefix", PREFIXES)
def test_redoc_comes_from_here(prefix: str) -> None:
    response = served(REDOC, prefix)
    page = response.content.decode()

    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert set(references(page)) == {
        "openapi.yaml",
        "openapi.json",
        "redoc.standalone.js",
    }
    for reference in references(page):
        assert served(f"schema/{reference}", prefix).content
    assert "//" not in page.replace("<!doctype html>", "")


def test_the_page_runs_no_inline_script() -> None:
    page = served(REDOC).content.decode()

    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL)
    assert [attributes.strip() for attributes, _text in scripts] == [
        'src="redoc.standalone.js"'
    ]
    assert [text for _attributes, text in scripts] == [""]
    assert not re.search(r"\son\w+=|javascript:", page)


def test_the_script_is_redoc() -> None:
    response = served(SCRIPT)

    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert b"Redoc" in response.content


made_with_this = pytest.mark.skipif(
    version("drf-spectacular") < "0.30",
    reason="the file is made with the newest versions; what it means is compared in all",
)


@made_with_this
def test_the_file_is_up_to_date() -> None:
    assert not update_document("--check")


@made_with_this
def test_a_file_that_is_not_is_found_out_and_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = documents.document_text()
    path = tmp_path / documents.DOCUMENT
    # absolute, so it replaces the folder of the package
    monkeypatch.setattr(documents, "DOCUMENT", str(path))
    path.write_text("openapi: 3.0.3\n", encoding="utf-8")

    assert "isn't up to date" in (update_document("--check") or "")
    assert path.read_text(encoding="utf-8") == "openapi: 3.0.3\n"

    assert update_document() is None
    assert path.read_text(encoding="utf-8") == expected
