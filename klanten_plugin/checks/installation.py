"""Is everything that the API needs in the host, and in the right place?"""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Warning as CheckWarning, register
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _, gettext_lazy

from ..conf import host_middleware, host_rest_framework

AUTH = "vng_api_common.authorizations.middleware.AuthMiddleware"
OWN_VERSION = "klanten_plugin.api.middleware.APIVersionMiddleware"
SUITE_VERSION = "APIVersionHeaderMiddleware"
"""The name of the suite's class, and of those that hosts have in its place."""

HANDLER = "vng_api_common.exception_handling"
RENDERER = "djangorestframework_camel_case"

KLANTEN = "klant-list"
ERROR_PAGE = "vng_api_common:error-detail"
API_ROOT_HINT = gettext_lazy(
    'Neem path("klanten/api/", include("klanten_plugin.api.urls")) op in de '
    "ROOT_URLCONF, zonder namespace; of zet KLANTEN_MOUNT."
)


@register()
def check_auth_middleware(**kwargs: Any) -> list[CheckMessage]:
    """Tokens are read: by the suite's middleware, or by a host's version of it."""
    expected = import_string(AUTH)
    for path in host_middleware():
        middleware = _imported(path)
        if isinstance(middleware, type) and issubclass(middleware, expected):
            return []
    return [
        Error(
            _("Niemand leest de tokens van verzoeken: elk verzoek wordt geweigerd."),
            hint=_('Voeg "{auth}" toe aan MIDDLEWARE.').format(auth=AUTH),
            id="klanten_plugin.E003",
        )
    ]


@register()
def check_version_middleware(**kwargs: Any) -> list[CheckMessage]:
    """Our version header is set after the host has set its own."""
    paths = host_middleware()
    if OWN_VERSION not in paths:
        return [
            CheckWarning(
                _(
                    "Antwoorden die geen view gaf, hebben geen of een verkeerde "
                    "API-version."
                ),
                hint=_('Voeg "{own_version}" toe aan MIDDLEWARE, vooraan.').format(
                    own_version=OWN_VERSION
                ),
                id="klanten_plugin.W006",
            )
        ]
    before = paths[: paths.index(OWN_VERSION)]
    if any(path.endswith(f".{SUITE_VERSION}") for path in before):
        return [
            CheckWarning(
                _(
                    "De API-version van de host komt in de plaats van die van de Klanten "
                    "API."
                ),
                hint=_('Zet "{own_version}" vooraan in MIDDLEWARE.').format(
                    own_version=OWN_VERSION
                ),
                id="klanten_plugin.W007",
            )
        ]
    return []


@register()
def check_rest_framework(**kwargs: Any) -> list[CheckMessage]:
    """Errors and names are the suite's in the host's other views, too."""
    configured = host_rest_framework()
    handler = _imported(configured.get("EXCEPTION_HANDLER"))
    renderers = configured.get("DEFAULT_RENDERER_CLASSES") or ()
    found = []
    if not getattr(handler, "__module__", "").startswith(HANDLER):
        found.append(_("de EXCEPTION_HANDLER"))
    if not any(_comes_from(_imported(renderer), RENDERER) for renderer in renderers):
        found.append(_("de DEFAULT_RENDERER_CLASSES"))
    return [
        CheckWarning(
            _("In REST_FRAMEWORK is {name} niet die van de suite.").format(name=name),
            hint=_(
                "Begin REST_FRAMEWORK met vng_api_common.conf.api.BASE_REST_FRAMEWORK. "
                "De Klanten API zelf hangt er niet van af."
            ),
            id="klanten_plugin.W008",
        )
        for name in found
    ]


def _comes_from(renderer: Any, package: str) -> bool:
    """Whether this class, or one that it extends, is of this package."""
    bases = getattr(renderer, "__mro__", ())
    return any(base.__module__.startswith(package) for base in bases)


@register()
def check_urls(**kwargs: Any) -> list[CheckMessage]:
    """The URLs are there, and can be made outside a request."""
    found: list[CheckMessage] = []
    if not _reverses(KLANTEN, version="1"):
        found.append(_not_mounted())
    if not _reverses(ERROR_PAGE, exception_class="NotFound"):
        found.append(
            Error(
                _(
                    "Elke fout verwijst naar een pagina van de suite die er niet is: fouten "
                    "worden een 500."
                ),
                hint=_(
                    'Neem path("ref/", include("vng_api_common.urls")) op in de '
                    "ROOT_URLCONF."
                ),
                id="klanten_plugin.E007",
            )
        )
    return found


def _not_mounted() -> CheckMessage:
    if namespace := _namespace_of(get_resolver(), KLANTEN):
        return Error(
            _(
                "De URL's van de Klanten API staan in namespace {namespace!r}: buiten "
                "een verzoek zijn ze niet te maken."
            ).format(namespace=namespace),
            hint=str(API_ROOT_HINT),
            id="klanten_plugin.E006",
        )
    return CheckWarning(
        _("De URL's van de Klanten API zijn er niet."),
        hint=str(API_ROOT_HINT),
        id="klanten_plugin.W009",
    )


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
