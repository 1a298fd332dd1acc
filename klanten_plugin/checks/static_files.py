"""Check that the static files of the admin were collected."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured

from .messages import found, host_check

STYLESHEET = "klanten_plugin/admin.css"
"""Stylesheet of all admin pages of the plugin."""


@host_check
def check_static_files() -> Iterator[CheckMessage]:
    """Check that the stylesheet has a URL in the storage of static files.

    The check has no tag, so that ``collectstatic`` itself doesn't run it.
    """
    if apps.is_installed("django.contrib.admin") and not _has_address(STYLESHEET):
        yield found("W020", file=STYLESHEET)


def _has_address(name: str) -> bool:
    """Whether the storage of the host has a URL for this file."""
    try:
        staticfiles_storage.url(name)
    except ValueError:
        return False
    except ImproperlyConfigured:  # no STATIC_URL or no storage, which Django reports
        return True
    return True
