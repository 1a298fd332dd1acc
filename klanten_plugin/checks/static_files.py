"""Were the static files of the admin's pages collected?"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured

from .messages import found, host_check

STYLESHEET = "klanten_plugin/admin.css"
"""On each of our pages in the admin."""


@host_check
def check_static_files() -> Iterator[CheckMessage]:
    """The stylesheet has an address: storages with a manifest know collected files only.

    Without a tag, so that ``collectstatic`` itself doesn't ask.
    """
    if apps.is_installed("django.contrib.admin") and not _has_address(STYLESHEET):
        yield found("W020", file=STYLESHEET)


def _has_address(name: str) -> bool:
    """Whether the storage of the host can make a URL for this file."""
    try:
        staticfiles_storage.url(name)
    except ValueError:
        return False
    except ImproperlyConfigured:  # no STATIC_URL or no storage: that is Django's check
        return True
    return True
