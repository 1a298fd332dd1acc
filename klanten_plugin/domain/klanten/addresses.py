"""The absolute URLs of this host, as the world knows it.

In order: the setting ``KLANTEN_PUBLIC_URL``, the request at hand, and outside a request
the suite's own settings (``SITE_DOMAIN``, ``IS_HTTPS``) with the path that the host is
served below.
"""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import get_script_prefix, reverse

import structlog
from vng_api_common.utils import get_domain

from ...conf import host_is_https, host_subpath, settings

logger = structlog.stdlib.get_logger(__name__)

MOST_SEEN = 100
"""Addresses that a process remembers to have compared, at most."""


def absolute_url(path: str, request: HttpRequest | None = None) -> str:
    """Return the URL of a path as ``reverse()`` makes it: with the script prefix."""
    if settings.PUBLIC_URL:
        below = path.removeprefix(get_script_prefix().rstrip("/"))
        return f"{settings.PUBLIC_URL.rstrip('/')}{below}"
    if request is not None:
        return str(request.build_absolute_uri(path))
    scheme = "https" if host_is_https() else "http"
    # a web server sets the prefix for a request; a worker only has FORCE_SCRIPT_NAME
    prefix = "" if get_script_prefix().strip("/") else host_subpath()
    return f"{scheme}://{get_domain()}{prefix}{path}"


def published(url: str) -> str:
    """Return a URL that a library made of the request, under the address that is set."""
    if not settings.PUBLIC_URL:
        return url
    return absolute_url(urlsplit(url)._replace(scheme="", netloc="").geturl())


def own_collection_url() -> str:
    """The absolute URL of ``/klanten`` outside a request."""
    return absolute_url(reverse("klant-list", kwargs={"version": "1"}))


class _Compared:
    """The collection URLs of requests that this process has compared."""

    urls: ClassVar[set[str]] = set()


def compare_with_own(collection_url: str) -> None:
    """Log that a request came under another address than workers write.

    Once in a process for each address. An alias of the administrator is also another.
    """
    seen = _Compared.urls
    if collection_url in seen or len(seen) >= MOST_SEEN:
        return
    seen.add(collection_url)
    own = own_collection_url()
    if collection_url != own:
        logger.warning("klanten_address_differs", request=collection_url, own=own)
