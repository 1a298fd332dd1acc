"""Are the values of our own settings such that they can work, safely?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import (
    CheckMessage,
    Error,
    Tags,
    Warning as CheckWarning,
    register,
)
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.http.request import split_domain_port, validate_host
from django.utils.translation import gettext as _, gettext_lazy

from vng_api_common.utils import get_domain

from ..conf import Setting, allowed_hosts, own_names, own_settings, settings
from ..models.validators import valid_api_root

SUBJECT_HOSTS = ("public", "services", "all")

MOST_DIGITS = 8
"""Of a klantnummer, as the standard has it."""


@register()
def check_subject_hosts(**kwargs: Any) -> list[CheckMessage]:
    """``KLANTEN_SUBJECT_HOSTS`` has a value that is known, and a safe one."""
    value = settings.SUBJECT_HOSTS
    if value not in SUBJECT_HOSTS:
        return [
            Error(
                _("KLANTEN_SUBJECT_HOSTS is {value!r}.").format(value=value),
                hint=_("Kies uit {join}.").format(join=", ".join(SUBJECT_HOSTS)),
                id="klanten_plugin.E001",
            )
        ]
    if value == "all":
        return [
            CheckWarning(
                _(
                    "Consumers kunnen met `subject` in het interne netwerk laten kijken."
                ),
                hint=_(
                    "Zet KLANTEN_SUBJECT_HOSTS op public, en kies interne "
                    "bronnen als service voor subjecten."
                ),
                id="klanten_plugin.W001",
            )
        ]
    return []


@register()
def check_names(**kwargs: Any) -> list[CheckMessage]:
    """No setting is misspelled: it would do nothing, without a word."""
    known = {setting.name for setting in own_settings()}
    return [
        CheckWarning(
            _("De instelling {name} bestaat niet.").format(name=name),
            hint=_("Verbeter de naam, of verwijder de instelling."),
            id="klanten_plugin.W010",
        )
        for name in sorted(own_names() - known)
    ]


@register()
def check_public_url(**kwargs: Any) -> list[CheckMessage]:
    """``KLANTEN_PUBLIC_URL`` is an address, where it is set."""
    value = settings.PUBLIC_URL
    if value == "" or _is_address(value):
        return []
    return [
        Error(
            _("KLANTEN_PUBLIC_URL is geen adres."),
            hint=_(
                "Geef een adres als https://zgw.example.nl, zonder het pad van de API."
            ),
            id="klanten_plugin.E009",
        )
    ]


def _is_address(value: Any) -> bool:
    try:
        valid_api_root(value)
    except (TypeError, ValidationError):
        return False
    return True


@register(Tags.database)
def check_own_name(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Requests are answered under the name that workers and commands write.

    With the database: Open Zaak may keep its name there.
    """
    if not databases or settings.PUBLIC_URL:  # a gateway may rewrite the Host
        return []
    host, _port = split_domain_port(_own_domain())
    if not host or not allowed_hosts() or validate_host(host, allowed_hosts()):
        return []
    return [
        CheckWarning(
            _(
                "Workers en opdrachten schrijven URL's op {host!r}, maar verzoeken op "
                "die naam worden geweigerd: die staat niet in ALLOWED_HOSTS."
            ).format(host=host),
            hint=_(
                "Zet KLANTEN_PUBLIC_URL op het adres dat consumers gebruiken, of "
                "verbeter SITE_DOMAIN (zonder https:// en zonder pad)."
            ),
            id="klanten_plugin.W014",
        )
    ]


def _own_domain() -> str:
    try:
        return str(get_domain()).lower()
    except (AttributeError, ImproperlyConfigured):  # not set at all
        return ""


@register()
def check_types(**kwargs: Any) -> list[CheckMessage]:
    """Each setting has a value of the kind that its default has."""
    return [
        Error(
            _("{setting} is geen {kinds}.").format(
                setting=setting.name, kinds=KINDS[type(setting.default)]
            ),
            hint=_(
                "Geef zo'n waarde, zoals {default!r}, of haal de instelling weg."
            ).format(default=setting.default),
            id="klanten_plugin.E008",
        )
        for setting in own_settings()
        # that one has a check of its own, which says more
        if setting.name != "KLANTEN_SUBJECT_HOSTS" and not _is_right(setting)
    ]


KINDS: dict[type, Any] = {
    bool: gettext_lazy("ja of nee (True of False)"),
    int: gettext_lazy("geheel getal, nul of meer"),
    float: gettext_lazy("getal, nul of meer"),
    str: "tekst",
    tuple: gettext_lazy("lijst van de goede waarden"),
}
"""What a value must be, by the type of the default."""


def _is_right(setting: Setting[Any]) -> bool:
    value, default = setting.__get__(settings, type(settings)), setting.default
    if isinstance(default, tuple):
        return _is_range(value) if _is_range(default) else _is_texts(value)
    if isinstance(default, bool | str):
        return isinstance(value, type(default))
    numbers = int if isinstance(default, int) else int | float
    return isinstance(value, numbers) and not isinstance(value, bool) and value >= 0


def _is_range(value: Any) -> bool:
    """Whether these are a first and a last klantnummer."""
    return (
        isinstance(value, tuple | list)
        and len(value) == len(("first", "last"))
        and all(type(number) is int for number in value)
        and 0 <= value[0] <= value[1] < 10**MOST_DIGITS
    )


def _is_texts(value: Any) -> bool:
    return isinstance(value, tuple | list | set | frozenset) and all(
        isinstance(text, str) for text in value
    )
