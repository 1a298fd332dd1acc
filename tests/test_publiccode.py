"""``publiccode.yml`` is valid, and within the limits of its schema."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from klanten_plugin import __version__

FILE = Path(__file__).parent.parent / "publiccode.yml"
FACTS = yaml.safe_load(FILE.read_text(encoding="utf-8"))


def test_the_version_and_the_licence() -> None:
    assert FACTS["softwareVersion"] == __version__
    setup = FILE.with_name("setup.py").read_text(encoding="utf-8")
    assert f'license="{FACTS["legal"]["license"]}"' in setup


def test_no_address_that_leads_nowhere() -> None:
    assert "example.org" not in FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", FACTS["description"])
def test_descriptions_of_the_length_that_is_asked_for(language: str) -> None:
    texts = FACTS["description"][language]
    assert len(texts["shortDescription"]) <= 150
    assert 150 <= len(texts["longDescription"]) <= 10_000
