"""The base class of all views of the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from rest_framework import status
from rest_framework.exceptions import NotFound, ParseError, UnsupportedMediaType
from rest_framework.negotiation import (
    BaseContentNegotiation,
    DefaultContentNegotiation,
)
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.versioning import URLPathVersioning
from rest_framework.views import APIView

from ..constants import API_VERSION, LANGUAGE
from ..domain.klanten.addresses import absolute_url, compare_with_own
from ..domain.klanten.changes import ChangeContext
from . import errors
from .actors import actor_of
from .bodies import drop_rest, find_body
from .charsets import codec_of, named_charset
from .middleware import VERSION_HEADER
from .parsers import KlantenJSONParser
from .paths import path_of
from .renderers import KlantenJSONRenderer
from .tokens import Application

MAX_SHOWN = 50
"""Maximum characters of a header that an error quotes."""
ANYTHING = "*/*"
WITHOUT_BODY = {status.HTTP_204_NO_CONTENT, status.HTTP_304_NOT_MODIFIED}

MAX_COLLECTION_URL = 1000 - len("/") - 36
"""Maximum length of the collection URL, so that URLs of klanten fit the audit trail."""


class KlantenVersioning(URLPathVersioning):
    """Versioning by ``/v1/``, independent of the versions of the host."""

    default_version = "1"
    allowed_versions = ("1",)
    version_param = "version"


class KlantenNegotiation(DefaultContentNegotiation):
    """Negotiation by ``Accept`` only: ``?format=`` is an unknown query parameter."""

    def filter_renderers(self, renderers: Any, format: str) -> Any:  # noqa: A002 - DRF's
        """Return all renderers, ignoring ``?format=``."""
        return renderers

    def select_renderer(
        self, request: Any, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        """Return the renderer and its media type; most consumers accept the first.

        Raises ``NotAcceptable``.
        """
        media_type = renderers[0].media_type
        if request.headers.get("Accept", ANYTHING) in (ANYTHING, media_type):
            return renderers[0], media_type
        renderer, accepted = super().select_renderer(request, renderers, format_suffix)
        return renderer, accepted


# the domain opens its own transactions, so none is open while a subject is fetched
@method_decorator(transaction.non_atomic_requests, name="dispatch")
class KlantenView(APIView):
    """A view in Dutch, independent of the host's ``REST_FRAMEWORK`` settings."""

    authentication_classes = ()
    parser_classes = (KlantenJSONParser,)
    renderer_classes: tuple[type[BaseRenderer], ...] = (KlantenJSONRenderer,)
    content_negotiation_class: type[BaseContentNegotiation] = KlantenNegotiation
    versioning_class: type[KlantenVersioning] | None = KlantenVersioning
    metadata_class = None
    """OPTIONS isn't supported: a host that allows CORS has middleware for it."""
    schema = None
    """Not part of the host's own OpenAPI documents: the API serves its own."""

    applications: Sequence[Application] = ()
    """The applications of the token, set by the permission class."""

    cache_control = "private, no-cache"
    """Personal data mustn't be cached by others; ETags make revalidation cheap."""

    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Respond in Dutch: consumers depend on the texts of errors."""
        with translation.override(LANGUAGE):
            response = super().dispatch(request, *args, **kwargs)
        is_too_large = response.status_code == status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
        drop_rest(request, is_too_large=is_too_large)
        return response

    def initialize_request(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> Request:
        """Decode the query string as UTF-8, whatever the charset of the body.

        Setting ``request.encoding`` would parse it here, where Django's exceptions
        aren't converted to errors of the API.
        """
        request._encoding = "utf-8"  # type: ignore[attr-defined] # noqa: SLF001
        vars(request).pop("GET", None)
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the charset and length of the body, after authorisation."""
        super().initial(request, *args, **kwargs)
        charset = named_charset(request._request)
        codec = codec_of(charset)
        if codec is None:
            shown = f"{charset[:MAX_SHOWN]}…" if len(charset) > MAX_SHOWN else charset
            message = _('De tekenset "{charset}" wordt niet ondersteund.')
            detail = message.format(charset=shown)
            raise UnsupportedMediaType(request.content_type or "", detail)
        request.parser_context["encoding"] = codec
        find_body(request, self.parser_classes[0]().max_bytes)

    def get_exception_handler(self) -> Any:
        """Use the suite's error format, whatever the host's default."""
        return errors.handle

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Add the common headers."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response[VERSION_HEADER] = API_VERSION
        response["Cache-Control"] = self.cache_control
        if self.permission_classes:
            patch_vary_headers(response, ["Authorization"])
        if response.streaming:  # it has no length, and isn't rendered
            return response
        response.add_post_render_callback(_state_length)
        response.add_post_render_callback(_forget_data)
        if request.method == "HEAD":
            response.add_post_render_callback(_drop_body)
        return response

    @cached_property
    def collection_path(self) -> str:
        """Return the path of ``/klanten``, in the namespace of this request."""
        match = self.request.resolver_match
        namespace = f"{match.namespace}:" if match and match.namespace else ""
        return path_of(f"{namespace}klant-list", version="1")

    @cached_property
    def collection_url(self) -> str:
        """Return the absolute URL of ``/klanten`` for this request."""
        url = absolute_url(self.collection_path, self.request)
        compare_with_own(url)
        return url

    def change_context(self, *, partial: bool = False) -> ChangeContext:
        """Return the context of a change in this request.

        Raises ``ParseError`` if the host name is so long that the URL of a klant
        wouldn't fit the fields that store it.
        """
        if len(self.collection_url) > MAX_COLLECTION_URL:
            raise ParseError(_("De hostnaam van het verzoek is te lang."))
        return ChangeContext(
            actor_of(self.request, self.applications), self.collection_url, partial
        )


def _state_length(response: Response) -> None:
    """Set Content-Length, for hosts without middleware that does so."""
    if response.status_code not in WITHOUT_BODY:
        response["Content-Length"] = str(len(response.content))


def _forget_data(response: Response) -> None:
    """Release the data of a rendered response.

    Views, requests and responses form reference cycles, which would keep the pages of
    many requests in memory until the next garbage collection.
    """
    response.data = None


def _drop_body(response: Response) -> None:
    response.content = b""


class NotFoundView(KlantenView):
    """404 in the suite's format for every path that isn't in the document."""

    permission_classes = ()
    versioning_class = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Raise ``NotFound`` for every method."""
        raise NotFound
