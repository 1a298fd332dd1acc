"""tox finds every suitable Python."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from testapp.launcher.pythons import pyenv_version, with_all_pythons

if TYPE_CHECKING:
    from pathlib import Path

    from tests.launcher.conftest import MakeProgram

INSTALLED = ["2.7.18", "3.9.18", "3.11.7", "3.12.1", "3.12.10", "3.13.0", "3.14-dev"]


@pytest.mark.parametrize(
    ("installed", "current", "expected"),
    [
        (INSTALLED, "3.11.7", "3.11.7:3.13.0:3.12.10:3.12.1"),
        (INSTALLED, "3.10.0", "3.13.0:3.12.10:3.12.1:3.11.7"),
        (["2.7.18", "pypy3.11-7.3.20"], "3.12.1", ""),
    ],
)
def test_pyenv_version(installed: list[str], current: str, expected: str) -> None:
    assert pyenv_version(installed, current) == expected


def test_pyenv_is_asked_for_its_versions(
    tmp_path: Path, make_program: MakeProgram
) -> None:
    make_program(tmp_path / "bin" / "pyenv", "3.12.1")
    path = os.pathsep.join([str(tmp_path / "bin"), os.defpath])

    result = with_all_pythons({"PATH": path}, home=tmp_path)

    assert result["PYENV_VERSION"] == "3.12.1"


def test_versions_that_only_pyenv_has_come_last_on_path(tmp_path: Path) -> None:
    for version in ("3.9.18", "3.12.1", "3.13.0"):
        (tmp_path / ".pyenv" / "versions" / version / "bin").mkdir(parents=True)

    result = with_all_pythons({"PATH": "/bin"}, home=tmp_path)

    versions = tmp_path / ".pyenv" / "versions"
    assert result["PATH"].split(os.pathsep) == [
        "/bin",
        str(versions / "3.13.0" / "bin"),
        str(versions / "3.12.1" / "bin"),
    ]
    assert "PYENV_VERSION" not in result
