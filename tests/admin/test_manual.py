"""The labels that the manual for administrators mentions are on the pages."""

from __future__ import annotations

import re
from pathlib import Path

from django.apps import apps

import pytest

import klanten_plugin

ROOT = Path(klanten_plugin.__file__).parents[1]
MANUAL = ROOT / "docs" / "beheer.md"
CATALOG = ROOT / "klanten_plugin" / "locale" / "nl" / "LC_MESSAGES" / "django.po"
QUOTED = re.compile(r"(?<![\w*])\*([^*\n][^*]*?)\*(?![\w*])", re.DOTALL)

OWN_WORDS = frozenset(
    ["muller", "Müller", "KISS - J. Jansen", "Beheer - ...", "403 Forbidden"]
    + ["deze klant heeft een verzoek gedaan, maar ik zie het niet."]
    + ["hoe komt u aan mijn adres?", "NHR (KVK)"]
    + [f"Klanten: {group}" for group in ("lezen", "beheren", "BSN", "inzage")]
)
"""Examples and quotes in the manual, which aren't labels."""


def texts() -> str:
    """Return all texts of the pages in Dutch, with breaks replaced by a space."""
    lines = re.findall(
        r'^"?(?:msg\w+(?:\[\d\])? )?"(.*)"$', CATALOG.read_text(), re.MULTILINE
    )
    permissions = [
        str(name)
        for model in apps.get_app_config("klanten_plugin").get_models()
        for _code, name in model._meta.permissions
    ]
    found = " ".join(["".join(lines).replace("\\n", " "), *permissions])
    return " ".join(found.split()).lower()


def quoted() -> list[str]:
    if not MANUAL.exists():
        return []
    text = MANUAL.read_text(encoding="utf-8").replace("**", "")
    phrases = {" ".join(each.split()) for each in QUOTED.findall(text)}
    return sorted(phrases - OWN_WORDS)


def test_there_is_something_to_look_for() -> None:
    assert len(quoted()) > 25


@pytest.mark.parametrize("phrase", quoted())
def test_the_words_of_the_manual_are_those_of_the_pages(phrase: str) -> None:
    parts = (each.strip(" ;") for each in re.split(r"\.\.\.| \d+$", phrase))
    for part in filter(None, parts):
        assert part.lower() in texts()
