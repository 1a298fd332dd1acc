"""Absolute URLs of this host.

In order of precedence: the setting ``KLANTEN_PUBLIC_URL``, the current request, and
outside a request the suite's own settings (``SITE_DOMAIN``, ``IS_HTTPS``) with the
subpath of the host.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import get_script_prefix, reverse

import structlog
from vng_api_common.utils import get_domain

from ...conf import host_settings, host_subpath, settings

logger = structlog.stdlib.get_logger(__name__)

MOST_SEEN = 100
"""Maximum number of compared addresses that a process remembers."""


def absolute_url(path: str, request: HttpRequest | None = None) -> str:
    """Return the absolute URL of a path from ``reverse()``, with its script prefix."""
    if settings.PUBLIC_URL:
        below = path.removeprefix(get_script_prefix().rstrip("/"))
        return f"{settings.PUBLIC_URL.rstrip('/')}{below}"
    if request is not None:
        return str(request.build_absolute_uri(path))
    scheme = "https" if host_settings.IS_HTTPS else "http"
    # a web server sets the prefix for a request; a worker only has FORCE_SCRIPT_NAME
    prefix = "" if get_script_prefix().strip("/") else host_subpath()
    return f"{scheme}://{get_domain()}{prefix}{path}"


def published(url: str) -> str:
    """Return a URL built from the request, with the configured public address."""
    if not settings.PUBLIC_URL:
        return url
    return absolute_url(urlsplit(url)._replace(scheme="", netloc="").geturl())


def own_collection_url() -> str:
    """Return the absolute URL of ``/klanten`` outside a request."""
    return absolute_url(reverse("klant-list", kwargs={"version": "1"}))


_COMPARED: set[str] = set()
"""The collection URLs of requests that this process has already compared."""


def compare_with_own(collection_url: str) -> None:
    """Log if a request arrives under another address than the one that workers use.

    Logged once per process and address, also for aliases in the configuration.
    """
    if collection_url in _COMPARED or len(_COMPARED) >= MOST_SEEN:
        return
    _COMPARED.add(collection_url)
    own = own_collection_url()
    if collection_url != own:
        logger.warning("klanten_address_differs", request=collection_url, own=own)
