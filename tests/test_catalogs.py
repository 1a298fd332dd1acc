"""All texts for users are available in Dutch and in English."""

from __future__ import annotations

from io import BytesIO

from django.utils import translation
from django.utils.translation import gettext

import pytest
from babel.messages.mofile import read_mo

from tests import catalogs
from tests.catalogs import LANGUAGES, extracted, keys, path_of, read

UPDATE = "run `python -m tests.catalogs`, and translate what is new"


@pytest.mark.parametrize("language", LANGUAGES)
class TestCatalog:
    def test_it_has_the_texts_of_the_code(self, language: str) -> None:
        assert keys(read(language)) == keys(extracted()), UPDATE

    def test_all_is_translated(self, language: str) -> None:
        missing = [
            message.id
            for message in read(language)
            if message.id and (not message.string or message.fuzzy)
        ]
        assert not missing, UPDATE

    def test_placeholders_are_those_of_the_text(self, language: str) -> None:
        faults = [(message.id, errors) for message, errors in read(language).check()]
        assert not faults

    def test_what_is_compiled_is_what_is_written(self, language: str) -> None:
        """Both are in the repository, because building a package compiles nothing."""
        shipped = read_mo(BytesIO(path_of(language, "mo").read_bytes()))
        expected = read_mo(BytesIO(catalogs.compiled(read(language))))
        texts = [
            {str(each.id): each.string for each in catalog if each.id}
            for catalog in (shipped, expected)
        ]
        assert texts[0] == texts[1], UPDATE


def test_texts_in_templates_are_found() -> None:
    found = {text for _context, text in keys(extracted())}
    assert "Contactgegevens en hun herkomst" in found
    assert ("%(count)s veld", "%(count)s velden") in found


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nl", "Stand van zaken"),
        ("nl-nl", "Stand van zaken"),
        ("en", "State of affairs"),
    ],
)
def test_django_finds_them(language: str, text: str) -> None:
    with translation.override(language):
        assert gettext("Stand van zaken") == text


def test_dutch_stays_dutch_in_a_host_with_another_language(settings: object) -> None:
    """Django falls back to the host's language for missing texts."""
    settings.LANGUAGE_CODE = "en"  # type: ignore[attr-defined]
    with translation.override("nl"):
        assert gettext("Stand van zaken") == "Stand van zaken"
