"""Checks of the apps, middleware, settings and URLs of the host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from ..conf import host_settings
from .messages import found, host_check

AUTH = "vng_api_common.authorizations.middleware.AuthMiddleware"
OWN_VERSION = "klanten_plugin.api.middleware.APIVersionMiddleware"
SUITE_VERSION = "APIVersionHeaderMiddleware"
"""The class name of the suite's middleware, and of its replacements in hosts."""

HANDLER = "vng_api_common.exception_handling"
RENDERER = "djangorestframework_camel_case"

KLANTEN = "klant-list"
ERROR_PAGE = "vng_api_common:error-detail"


@host_check
def check_auth_middleware() -> Iterator[CheckMessage]:
    """Check that the suite's middleware, or a subclass, reads the tokens."""
    expected = import_string(AUTH)
    classes = [_imported(path) for path in host_settings.MIDDLEWARE]
    if not any(isinstance(one, type) and issubclass(one, expected) for one in classes):
        yield found("E003", middleware=AUTH)


@host_check
def check_version_middleware() -> Iterator[CheckMessage]:
    """Check that the plugin's version header overrides the host's."""
    paths = host_settings.MIDDLEWARE
    if OWN_VERSION not in paths:
        yield found("W006", middleware=OWN_VERSION)
        return
    before = paths[: paths.index(OWN_VERSION)]
    if any(path.endswith(f".{SUITE_VERSION}") for path in before):
        yield found("W007", middleware=OWN_VERSION)


@host_check
def check_admin_apps() -> Iterator[CheckMessage]:
    """Check that the apps with templates for pages of the admin are installed."""
    if not apps.is_installed("django.contrib.admin"):
        return
    pages = {
        "solo": _("de pagina van de configuratie"),
        "privates": _("de pagina van een certificaat"),
    }
    for app, page in pages.items():
        if not apps.is_installed(app):
            yield found("W055", app=app, pages=page)


@host_check
def check_rest_framework() -> Iterator[CheckMessage]:
    """Check that the host's other views use the suite's error format and renderer."""
    configured = host_settings.REST_FRAMEWORK
    handler = _imported(configured.get("EXCEPTION_HANDLER"))
    renderers = configured.get("DEFAULT_RENDERER_CLASSES") or ()
    if not getattr(handler, "__module__", "").startswith(HANDLER):
        yield found("W008", name="EXCEPTION_HANDLER")
    if not any(_comes_from(_imported(renderer), RENDERER) for renderer in renderers):
        yield found("W008", name="DEFAULT_RENDERER_CLASSES")


def _comes_from(renderer: Any, package: str) -> bool:
    """Whether this class or a base class is from this package."""
    bases = getattr(renderer, "__mro__", ())
    return any(base.__module__.startswith(package) for base in bases)


@host_check
def check_urls() -> Iterator[CheckMessage]:
    """Check that the URLs are included, and can be reversed outside a request."""
    if not _reverses(KLANTEN, version="1"):
        namespace = _namespace_of(get_resolver(), KLANTEN)
        yield found("E006", namespace=namespace) if namespace else found("W009")
    if not _reverses(ERROR_PAGE, exception_class="NotFound"):
        yield found("E007")


def _reverses(name: str, **kwargs: str) -> bool:
    try:
        reverse(name, kwargs=kwargs)
    except NoReverseMatch:
        return False
    return True


def _namespace_of(resolver: URLResolver, name: str) -> str:
    """Return the namespace of this URL, or ""."""
    for namespace, (_prefix, inner) in resolver.namespace_dict.items():
        if name in inner.reverse_dict:
            return namespace
        if deeper := _namespace_of(inner, name):
            return f"{namespace}:{deeper}"
    return ""


def _imported(path: Any) -> Any:
    """Import the dotted path in a setting, or return ``None`` if that fails."""
    if not isinstance(path, str):  # an object instead of a path, or None
        return path
    try:
        return import_string(path)
    except ImportError:  # reported by another check
        return None
