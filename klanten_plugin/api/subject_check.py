"""The one place where a request asks another system: does its ``subject`` exist?"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.core.exceptions import (
    ObjectDoesNotExist,
    SuspiciousOperation,
    ValidationError as InvalidLookup,
)
from django.urls import Resolver404
from django.utils.translation import gettext_lazy as _

from rest_framework import serializers
from rest_framework.request import Request
from vng_api_common.utils import NotAViewSet, get_domain, get_resource_for_path

from ..clients.subject import subject_exists

NOT_A_RESOURCE = (
    AttributeError,
    InvalidLookup,
    KeyError,
    NotAViewSet,
    ObjectDoesNotExist,
    Resolver404,
    TypeError,
    ValueError,
)
"""What the suite's look-up raises on paths that are no resource of an API."""


class SubjectExists:
    """kla-002: a ``subject`` must eventually answer 200, else 400 ``bad-url``.

    Asked at every create, and when an update changes the value; what is unchanged was
    asked before, and mustn't keep other fields from being updated.
    """

    requires_context = True
    code = "bad-url"
    message = _("De URL van het subject is niet op te halen: een GET geeft geen 200.")

    def __call__(self, url: str, field: serializers.Field) -> None:
        klant = getattr(field.parent, "instance", None)
        if klant is not None and klant.subject == url:
            return
        if not self._exists(url, field.context.get("request")):
            raise serializers.ValidationError(self.message, code=self.code)

    def _exists(self, url: str, request: Request | None) -> bool:
        if _is_own_host(url, request):
            return _is_own_resource(url)
        return subject_exists(url)


def _is_own_host(url: str, request: Request | None) -> bool:
    try:
        host = urlsplit(url).netloc.rpartition("@")[2]
        own = {get_domain()} | ({request.get_host()} if request else set())
    except (ValueError, SuspiciousOperation):
        return False
    return host in own


def _is_own_resource(url: str) -> bool:
    """Look in the database: a request to itself would wait for a free worker."""
    try:
        get_resource_for_path(urlsplit(url).path)
    except NOT_A_RESOURCE:
        return False
    return True
