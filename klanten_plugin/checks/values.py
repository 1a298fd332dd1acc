"""Checks of the values of the plugin's settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.http.request import split_domain_port, validate_host
from django.utils.translation import gettext_lazy

from vng_api_common.utils import get_domain

from ..conf import Setting, host_settings, own_names, own_settings, settings
from ..models.validators import valid_api_root
from .messages import database_check, found, host_check

SUBJECT_HOSTS = ("public", "services", "all")

MOST_DIGITS = 8
"""Maximum digits of a klantnummer in the standard."""


@host_check
def check_subject_hosts() -> Iterator[CheckMessage]:
    """Check that ``KLANTEN_SUBJECT_HOSTS`` has a known and safe value."""
    value = settings.SUBJECT_HOSTS
    if value not in SUBJECT_HOSTS:
        yield found("E001", value=value, choices=", ".join(SUBJECT_HOSTS))
    elif value == "all":
        yield found("W001")


@host_check
def check_names() -> Iterator[CheckMessage]:
    """Check for misspelled settings, which would silently have no effect."""
    known = {setting.name for setting in own_settings()}
    for name in sorted(own_names() - known):
        yield found("W010", setting=name)


@host_check
def check_public_url() -> Iterator[CheckMessage]:
    """Check that ``KLANTEN_PUBLIC_URL`` is a valid URL, if set."""
    value = settings.PUBLIC_URL
    if value != "" and not _is_address(value):
        yield found("E009")


def _is_address(value: Any) -> bool:
    try:
        valid_api_root(value)
    except (TypeError, ValidationError):
        return False
    return True


@database_check
def check_own_name() -> Iterator[CheckMessage]:
    """Check that the host accepts requests under the name that workers use.

    It queries the database, in which Open Zaak can store its name.
    """
    if settings.PUBLIC_URL:  # a gateway can rewrite the Host
        return
    domain, allowed = _own_domain(), host_settings.ALLOWED_HOSTS
    host, _port = split_domain_port(domain)
    if not domain:
        yield found("W050")
    elif not host or "/" in domain:
        yield found("W051", domain=domain)
    elif allowed and not validate_host(host, allowed):
        yield found("W014", host=host)


def _own_domain() -> str:
    try:
        return str(get_domain() or "").lower()
    except (AttributeError, ImproperlyConfigured):  # not set
        return ""


@host_check
def check_time_zones() -> Iterator[CheckMessage]:
    """Check that ``USE_TZ`` is on."""
    if not host_settings.USE_TZ:
        yield found("E010")


@host_check
def check_types() -> Iterator[CheckMessage]:
    """Check that each setting has a value of the type of its default."""
    for setting in own_settings():
        # has a separate, more specific check
        if setting.name != "KLANTEN_SUBJECT_HOSTS" and not _is_right(setting):
            kind = KINDS[type(setting.default)]
            yield found(
                "E008", setting=setting.name, kind=kind, default=setting.default
            )


KINDS: dict[type, Any] = {
    bool: gettext_lazy("ja of nee (True of False)"),
    int: gettext_lazy("geheel getal, nul of meer"),
    float: gettext_lazy("getal, nul of meer"),
    str: "tekst",
    tuple: gettext_lazy("lijst van de goede waarden"),
}
"""Descriptions of valid values by the type of the default."""


def _is_right(setting: Setting[Any]) -> bool:
    value, default = setting.__get__(settings, type(settings)), setting.default
    if isinstance(default, tuple):
        return _is_range(value) if _is_range(default) else _is_texts(value)
    if isinstance(default, bool | str):
        return isinstance(value, type(default))
    numbers = int if isinstance(default, int) else int | float
    return isinstance(value, numbers) and not isinstance(value, bool) and value >= 0


def _is_range(value: Any) -> bool:
    """Whether this is a valid range of klantnummers."""
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
