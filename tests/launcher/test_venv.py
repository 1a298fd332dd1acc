"""The conditions for running pip again, and its environment."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from testapp.launcher.console import Console
from testapp.launcher.venv import (
    Venv,
    clean_environment,
    ensure_installed,
    fingerprint,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from testapp.launcher.layout import Layout

DEMO = ["-e", ".[demo]"]


def test_the_fingerprint_changes_with_what_is_installed(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text("one", encoding="utf-8")
    before = fingerprint(tmp_path, DEMO)
    same = fingerprint(tmp_path, DEMO)
    other_extras = fingerprint(tmp_path, ["-e", ".[demo,tests]"])
    (tmp_path / "setup.py").write_text("two", encoding="utf-8")
    other_setup = fingerprint(tmp_path, DEMO)

    assert same == before
    assert len({before, other_extras, other_setup}) == 3


def test_what_is_stamped_is_not_installed_again(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    venv = Venv(layout.venv)
    venv.folder.mkdir(parents=True)
    venv.stamp.write_text(fingerprint(layout.checkout, DEMO), encoding="utf-8")

    ensure_installed(layout, venv, DEMO, Console(sys.stdout))

    assert capsys.readouterr().out == ""
    assert list(venv.folder.iterdir()) == [venv.stamp]


def test_what_another_python_left_is_not_passed_on() -> None:
    environ = {"PATH": "/bin", "PYTHONPATH": "/else", "VIRTUAL_ENV": "/else"}

    result = clean_environment(environ)

    assert result["PATH"] == "/bin"
    assert "PYTHONPATH" not in result
    assert "VIRTUAL_ENV" not in result
