"""The tables of docs/configuration.md agree with the code."""

from __future__ import annotations

from django.apps import apps

import pytest

from tests.reference import PAGE, updated

if not apps.is_installed("testapp"):
    pytest.skip("the page describes the full host", allow_module_level=True)


def test_the_page_is_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert updated(page) == page, "run python -m tests.reference"


def test_a_page_that_is_not_is_made_anew() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert updated(page.replace("KLANTEN_", "ANDERS_")).count("| `KLANTEN_") > 10
    with pytest.raises(ValueError, match="no place"):
        updated("nothing")
