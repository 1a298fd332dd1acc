"""Template context for custom pages in the style of the host's admin."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.apps import apps
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest

INDEX = "django_admin_index"


def site_context(model_admin: ModelAdmin[Any], request: HttpRequest) -> dict[str, Any]:
    """Return the context of the site, and whether breadcrumbs omit the app page.

    django-admin-index hides app pages by default, because its groups replace them.
    """
    return {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "hides_app_pages": _hides_app_pages(),
    }


def _hides_app_pages() -> bool:
    if not apps.is_installed(INDEX):
        return False
    return bool(import_module(f"{INDEX}.conf").settings.HIDE_APP_INDEX_PAGES)
