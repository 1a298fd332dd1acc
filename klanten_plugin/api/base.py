"""What all views of the API have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
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
from .renderers import KlantenJSONRenderer
from .tokens import Application

MAX_SHOWN = 50
"""Characters of a header that an error quotes."""
WITHOUT_BODY = {status.HTTP_204_NO_CONTENT, status.HTTP_304_NOT_MODIFIED}

MAX_COLLECTION_URL = 1000 - len("/") - 36
"""Characters that leave room for a UUID in the URLs of the audit trail."""


class KlantenVersioning(URLPathVersioning):
    """``/v1/``; the host's own versions are none of ours."""

    default_version = "1"
    allowed_versions = ("1",)
    version_param = "version"


class KlantenNegotiation(DefaultContentNegotiation):
    """By ``Accept`` alone: ``?format=`` is a parameter like any other unknown one."""

    def filter_renderers(self, renderers: Any, format: str) -> Any:  # noqa: A002 - DRF's
        """All of them."""
        return renderers


# the domain opens its own transactions: none is open while a subject is asked for
@method_decorator(transaction.non_atomic_requests, name="dispatch")
class KlantenView(APIView):
    """Independent of the host's REST_FRAMEWORK settings; Dutch in every host."""

    authentication_classes = ()
    parser_classes = (KlantenJSONParser,)
    renderer_classes: tuple[type[BaseRenderer], ...] = (KlantenJSONRenderer,)
    content_negotiation_class: type[BaseContentNegotiation] = KlantenNegotiation
    versioning_class: type[KlantenVersioning] | None = KlantenVersioning
    metadata_class = None
    """No OPTIONS of our own: a host that allows CORS has middleware for it."""

    applications: Sequence[Application] = ()
    """The applications of the token; the permission finds them."""

    cache_control = "private, no-cache"
    """Personal data, for the holder of the token alone; asking again is cheap by ETag."""

    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Answer in Dutch: the texts of errors are part of what consumers know."""
        with translation.override(LANGUAGE):
            response = super().dispatch(request, *args, **kwargs)
        is_too_large = response.status_code == status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
        drop_rest(request, is_too_large=is_too_large)
        return response

    def initialize_request(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> Request:
        """Read the query string as UTF-8, whatever charset the body is in.

        Setting ``request.encoding`` would parse it here, where a refusal of Django isn't
        turned into an error of the API.
        """
        request._encoding = "utf-8"  # type: ignore[attr-defined] # noqa: SLF001
        vars(request).pop("GET", None)
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Look at charset and length of the body, after the authorisation."""
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
        """The suite's format, also where the host's default is another."""
        return errors.handle

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Add what every answer says."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response[VERSION_HEADER] = API_VERSION
        response["Cache-Control"] = self.cache_control
        if self.permission_classes:
            patch_vary_headers(response, ["Authorization"])
        if response.streaming:  # it knows no length, and renders nothing
            return response
        response.add_post_render_callback(_state_length)
        response.add_post_render_callback(_forget_data)
        if request.method == "HEAD":
            response.add_post_render_callback(_drop_body)
        return response

    @cached_property
    def collection_path(self) -> str:
        """The path of ``/klanten``, with the prefix and namespace of this request."""
        match = self.request.resolver_match
        namespace = f"{match.namespace}:" if match and match.namespace else ""
        return reverse(f"{namespace}klant-list", kwargs={"version": "1"})

    @cached_property
    def collection_url(self) -> str:
        """The absolute URL of ``/klanten``: on the host of this request, unless it is set."""
        url = absolute_url(self.collection_path, self.request)
        compare_with_own(url)
        return url

    def change_context(self, *, partial: bool = False) -> ChangeContext:
        """Who makes this change, for the audit trail.

        Refuses a host name with which the URL of a klant would be longer than any field
        that it is kept in.
        """
        if len(self.collection_url) > MAX_COLLECTION_URL:
            raise ParseError(_("De hostnaam van het verzoek is te lang."))
        return ChangeContext(
            actor_of(self.request, self.applications), self.collection_url, partial
        )


def _state_length(response: Response) -> None:
    """Also where the host has no middleware for it: a HEAD says what a GET would."""
    if response.status_code not in WITHOUT_BODY:
        response["Content-Length"] = str(len(response.content))


def _forget_data(response: Response) -> None:
    """Views, requests and responses refer to each other, until the garbage is collected.

    Pages of many requests would wait for that.
    """
    response.data = None


def _drop_body(response: Response) -> None:
    response.content = b""


class NotFoundView(KlantenView):
    """404 in the suite's format for every path that the document doesn't have."""

    permission_classes = ()
    versioning_class = None
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Every method, whatever it accepts."""
        raise NotFound
