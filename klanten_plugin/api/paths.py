"""Paths of the API in the host's URL configuration, remembered per process."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.urls import get_script_prefix, get_urlconf, reverse

from ..conf import host_settings

MOST_REMEMBERED = 100
"""Maximum number of paths: some gateways set the script prefix for each request."""


def path_of(name: str, **kwargs: str) -> str:
    """Return the path of a URL name, like ``reverse()``, which takes 10 times as long.

    Raises ``NoReverseMatch``.
    """
    urlconf = get_urlconf() or host_settings.ROOT_URLCONF
    return _path(name, urlconf, get_script_prefix(), tuple(kwargs.items()))


@lru_cache(MOST_REMEMBERED)
def _path(
    name: str, urlconf: Any, _prefix: str, kwargs: tuple[tuple[str, str], ...]
) -> str:
    return reverse(name, urlconf, kwargs=dict(kwargs))
