"""Are the values of our own settings such that they can work, safely?"""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Warning as CheckWarning, register

from ..conf import Setting, own_names, own_settings, settings

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
                f"KLANTEN_SUBJECT_HOSTS is {value!r}.",
                hint=f"Kies uit {', '.join(SUBJECT_HOSTS)}.",
                id="klanten_plugin.E001",
            )
        ]
    if value == "all":
        return [
            CheckWarning(
                "Consumers kunnen met `subject` in het interne netwerk laten kijken.",
                hint="Zet KLANTEN_SUBJECT_HOSTS op public, en registreer interne "
                "bronnen als service.",
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
            f"De instelling {name} bestaat niet.",
            hint="Verbeter de naam, of verwijder de instelling.",
            id="klanten_plugin.W010",
        )
        for name in sorted(own_names() - known)
    ]


@register()
def check_types(**kwargs: Any) -> list[CheckMessage]:
    """Each setting has a value of the kind that its default has."""
    return [
        Error(
            f"{setting.name} is geen {KINDS[type(setting.default)]}.",
            hint=f"Geef zo'n waarde, zoals {setting.default!r}, of haal de instelling "
            "weg.",
            id="klanten_plugin.E008",
        )
        for setting in own_settings()
        # that one has a check of its own, which says more
        if setting.name != "KLANTEN_SUBJECT_HOSTS" and not _is_right(setting)
    ]


KINDS: dict[type, str] = {
    bool: "ja of nee (True of False)",
    int: "geheel getal, nul of meer",
    float: "getal, nul of meer",
    str: "tekst",
    tuple: "lijst van de goede waarden",
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
