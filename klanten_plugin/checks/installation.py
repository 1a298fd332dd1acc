"""Is everything that the API needs in the host, and in the right place?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from ..conf import host_middleware, host_rest_framework
from .messages import found, host_check

AUTH = "vng_api_common.authorizations.middleware.AuthMiddleware"
OWN_VERSION = "klanten_plugin.api.middleware.APIVersionMiddleware"
SUITE_VERSION = "APIVersionHeaderMiddleware"
"""The name of the suite's class, and of those that hosts have in its place."""

HANDLER = "vng_api_common.exception_handling"
RENDERER = "djangorestframework_camel_case"

KLANTEN = "klant-list"
ERROR_PAGE = "vng_api_common:error-detail"


@host_check
def check_auth_middleware() -> Iterator[CheckMessage]:
    """Tokens are read: by the suite's middleware, or by a host's version of it."""
    expected = import_string(AUTH)
    classes = [_imported(path) for path in host_middleware()]
    if not any(isinstance(one, type) and issubclass(one, expected) for one in classes):
        yield found("E003", middleware=AUTH)


@host_check
def check_version_middleware() -> Iterator[CheckMessage]:
    """Our version header is set after the host has set its own."""
    paths = host_middleware()
    if OWN_VERSION not in paths:
        yield found("W006", middleware=OWN_VERSION)
        return
    before = paths[: paths.index(OWN_VERSION)]
    if any(path.endswith(f".{SUITE_VERSION}") for path in before):
        yield found("W007", middleware=OWN_VERSION)


@host_check
def check_admin_apps() -> Iterator[CheckMessage]:
    """The pages of the admin have the templates of the apps that they are built on."""
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
    """Errors and names are the suite's in the host's other views, too."""
    configured = host_rest_framework()
    handler = _imported(configured.get("EXCEPTION_HANDLER"))
    renderers = configured.get("DEFAULT_RENDERER_CLASSES") or ()
    if not getattr(handler, "__module__", "").startswith(HANDLER):
        yield found("W008", name="EXCEPTION_HANDLER")
    if not any(_comes_from(_imported(renderer), RENDERER) for renderer in renderers):
        yield found("W008", name="DEFAULT_RENDERER_CLASSES")


def _comes_from(renderer: Any, package: str) -> bool:
    """Whether this class, or one that it extends, is of this package."""
    bases = getattr(renderer, "__mro__", ())
    return any(base.__module__.startswith(package) for base in bases)


@host_check
def check_urls() -> Iterator[CheckMessage]:
    """The URLs are there, and can be made outside a request."""
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
    """The namespace in which this URL is, "" if it is in none."""
    for namespace, (_prefix, inner) in resolver.namespace_dict.items():
        if name in inner.reverse_dict:
            return namespace
        if deeper := _namespace_of(inner, name):
            return f"{namespace}:{deeper}"
    return ""


def _imported(path: Any) -> Any:
    """What a setting names by its dotted path; None where that can't be imported."""
    if not isinstance(path, str):  # the thing itself, or nothing
        return path
    try:
        return import_string(path)
    except ImportError:  # that is another check's
        return None
