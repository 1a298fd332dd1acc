"""Serve the OpenAPI document, Redoc and explanations of errors, without authorisation.

The document is a file that is generated ahead (``python -m tests.openapi``) and
verified by the tests. Generating it per request can mix in the title and servers of
other APIs of the host.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from django.template.loader import render_to_string

import orjson
import yaml
from rest_framework.exceptions import NotFound
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, StaticHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from ..conf import settings
from .base import KlantenView
from .bodies import OWN_ERRORS
from .conditional import is_cached, not_modified
from .renderers import KlantenJSONRenderer

DOCUMENT = "openapi.yaml"
REDOC = (
    "static/drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js",
    "drf_spectacular_sidecar",
)
CACHE_CONTROL = "public, max-age=3600"

NNP_ID = "geldigheid van `subjectIdentificatie.innNnpId`: een RSIN, 9 cijfers, 11-proef"
"""A rule in the file, and what replaces it if a KVK-nummer is accepted too."""
NNP_ID_OR_KVK_NUMMER = (
    "geldigheid van `subjectIdentificatie.innNnpId`: een RSIN (9 cijfers, 11-proef) of "
    "een KVK-nummer (8 cijfers)"
)


@cache
def document_text() -> str:
    """Return the generated document in YAML."""
    return (files(__package__) / DOCUMENT).read_text(encoding="utf-8")


@cache
def document_at(
    root: str,
    extension: str,
    *,
    website_url_required: bool,
    kvk_nummer_as_nnp_id: bool,
) -> bytes:
    """Return the document in YAML or JSON, with ``root`` as the URL of its server.

    ``websiteUrl`` and ``innNnpId`` are described according to the host's settings.
    """
    document: dict[str, Any] = yaml.safe_load(document_text())
    document["servers"] = [{"url": root}]
    if not website_url_required:
        _loosen_website_url(document["components"]["schemas"]["Klant"])
    if kvk_nummer_as_nnp_id:
        _loosen_nnp_id(document["paths"])
    return orjson.dumps(document) if extension == "json" else to_yaml(document)


def to_yaml(document: dict[str, Any]) -> bytes:
    """Return the document as YAML, in the format of the file."""
    dumped: bytes = yaml.safe_dump(
        document, allow_unicode=True, sort_keys=False, width=88, encoding="utf-8"
    )
    return dumped


def _loosen_website_url(klant: dict[str, Any]) -> None:
    klant["required"].remove("websiteUrl")
    # it can be empty, like other optional texts
    del klant["properties"]["websiteUrl"]["minLength"]


def _loosen_nnp_id(paths: dict[str, Any]) -> None:
    for item in paths.values():
        for operation in item.values():
            text = operation["description"]
            operation["description"] = text.replace(NNP_ID, NNP_ID_OR_KVK_NUMMER)


@cache
def redoc_script() -> bytes:
    """Return Redoc from its package, instead of a CDN."""
    path, package = REDOC
    return (files(package) / path).read_bytes()


class _AnyRenderer(StaticHTMLRenderer):
    """Pass on rendered bytes."""

    charset = None


class _IgnoreAccept(DefaultContentNegotiation):
    """Ignore ``Accept``: there is only one representation."""

    def select_renderer(
        self,
        request: Request,
        renderers: Any,
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class PublicView(KlantenView):
    """A view without authorisation that isn't part of the OpenAPI document."""

    http_method_names = ["get", "head"]
    permission_classes = ()
    renderer_classes = (_AnyRenderer,)
    content_negotiation_class = _IgnoreAccept
    cache_control = CACHE_CONTROL

    def handle_exception(self, exc: Exception) -> Response:
        """Render errors as JSON."""
        self.request.accepted_renderer = KlantenJSONRenderer()
        return super().handle_exception(exc)


class DocumentView(PublicView):
    """The OpenAPI document, with the URL that it is served from."""

    extension = "yaml"

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The document."""
        root = self.collection_path.removesuffix("/klanten")
        content = document_at(
            root,
            self.extension,
            website_url_required=settings.WEBSITE_URL_REQUIRED,
            kvk_nummer_as_nnp_id=settings.KVK_NUMMER_AS_NNP_ID,
        )
        digest = hashlib.blake2b(content, digest_size=16).hexdigest()
        if is_cached(request, etag := f'"{digest}"'):
            return not_modified(etag)
        content_type = f"application/{self.extension}"
        return Response(content, content_type=content_type, headers={"ETag": etag})


POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""The policy of the pages. Redoc needs inline styles. Middleware of a host with a
stricter policy doesn't override an existing header."""


def _page(html: str) -> Response:
    return Response(
        html.encode(),
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": POLICY},
    )


class RedocView(PublicView):
    """A page to read the document."""

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the page, which has no inline scripts."""
        return _page(render_to_string("klanten_plugin/redoc.html", request=request))


class RedocScriptView(PublicView):
    """Redoc itself."""

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The script."""
        return Response(redoc_script(), content_type="text/javascript; charset=utf-8")


class ErrorPageView(PublicView):
    """A page for the ``type`` of an error that the suite has no page for."""

    def get(self, request: Request, *args: Any, name: str, **kwargs: Any) -> Response:
        """Return the page. Raises ``NotFound`` for other errors."""
        error = OWN_ERRORS.get(name)
        if error is None:
            raise NotFound
        return _page(render_to_string("klanten_plugin/error.html", {"error": error}))
