"""Check URLs of this host in the database, without a request."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.core.exceptions import (
    ObjectDoesNotExist,
    ValidationError as InvalidLookup,
)
from django.urls import Resolver404

from vng_api_common.utils import NotAViewSet, get_domain, get_resource_for_path

from ...conf import settings

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
"""Exceptions of the suite's look-up for paths that aren't resources of an API."""


def is_own_host(url: str, request_host: str = "") -> bool:
    """Whether the URL is under a name of this host.

    Those are ``KLANTEN_PUBLIC_URL``, the suite's domain, and the host of the request.
    """
    try:
        host = urlsplit(url).netloc.rpartition("@")[2]
        public = urlsplit(settings.PUBLIC_URL).netloc
        own = {public, get_domain(), request_host} - {""}
    except ValueError:
        return False
    return host in own


def is_own_resource(url: str) -> bool:
    """Whether the resource exists; a request could block the only worker."""
    try:
        get_resource_for_path(urlsplit(url).path)
    except NOT_A_RESOURCE:
        return False
    return True
