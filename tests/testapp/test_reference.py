"""The tables of docs/configuration.md agree with the code."""

from __future__ import annotations

from pathlib import Path

from django.apps import apps
from django.core.management import CommandError, call_command

import pytest

from testapp.management.commands import testapp_reference

if not apps.is_installed("testapp"):
    pytest.skip("the command is the full host's", allow_module_level=True)


def test_the_page_is_up_to_date() -> None:
    call_command("testapp_reference", "--check")


def test_a_page_that_is_not_is_found_out_and_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = testapp_reference.PAGE.read_text(encoding="utf-8")
    page = tmp_path / "configuration.md"
    page.write_text(content.replace("KLANTEN_", "ANDERS_"), encoding="utf-8")
    monkeypatch.setattr(testapp_reference, "PAGE", page)

    with pytest.raises(CommandError, match="out of date"):
        call_command("testapp_reference", "--check")
    call_command("testapp_reference")
    assert "| `KLANTEN_MAX_BODY_BYTES`<br>number, `1048576` |" in page.read_text(
        encoding="utf-8"
    )

    page.write_text("nothing", encoding="utf-8")
    with pytest.raises(CommandError, match="no place"):
        call_command("testapp_reference")
