"""Were the static files of the admin's pages collected?"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.checks import CheckMessage, Warning as CheckWarning, register
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

STYLESHEET = "klanten_plugin/admin.css"
"""On each of our pages in the admin."""


@register()
def check_static_files(**kwargs: Any) -> list[CheckMessage]:
    """The stylesheet has an address: storages with a manifest know collected files only.

    Without a tag, so that ``collectstatic`` itself doesn't ask.
    """
    if not apps.is_installed("django.contrib.admin") or _has_address(STYLESHEET):
        return []
    return [
        CheckWarning(
            _(
                "{name} staat niet in het manifest van de statische bestanden: elke "
                "pagina van de Klanten API in de admin wordt een 500."
            ).format(name=STYLESHEET),
            hint=_(
                "Draai `manage.py collectstatic` met klanten_plugin in INSTALLED_APPS, "
                "in een image bij het bouwen ervan."
            ),
            id="klanten_plugin.W020",
        )
    ]


def _has_address(name: str) -> bool:
    """Whether the storage of the host can make a URL for this file."""
    try:
        staticfiles_storage.url(name)
    except ValueError:
        return False
    except ImproperlyConfigured:  # no STATIC_URL or no storage: that is Django's check
        return True
    return True
