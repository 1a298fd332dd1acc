"""tox finds every suitable Python, and uv the packages that pip finds."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from testapp.launcher.testing import pip_settings_for_uv, tox_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.launcher.conftest import MakeProgram


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any other Python than ours."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "ours"))
    for each in ("PYENV_ROOT", "COVERAGE_CORE"):
        monkeypatch.delenv(each, raising=False)


@pytest.mark.parametrize(
    ("pythons", "whole"),
    [
        (["python3.12", "python3.13"], "py312-newest"),
        (["python3.13"], "py313-newest"),
        ([], "py311-oldest"),
    ],
)
def test_one_environment_runs_the_whole_quick_part(
    tmp_path: Path, make_program: MakeProgram, pythons: list[str], whole: str
) -> None:
    for name in pythons:
        make_program(tmp_path / name, "")

    environ = tox_environment(tmp_path)

    assert "--part=quick" in environ[f"PART_{whole}"]
    assert [name for name in environ if name.startswith("PART_")] == [f"PART_{whole}"]
    assert environ["TESTAPP_WHOLE"] in (*pythons, environ["TESTAPP_PYTHON"])
    has_monitoring = environ["TESTAPP_WHOLE"] != "python3.11"
    assert environ.get("COVERAGE_CORE") == ("sysmon" if has_monitoring else None)


def test_the_versions_of_pyenv_come_before_its_shims(tmp_path: Path) -> None:
    versions = tmp_path / ".pyenv" / "versions"
    for version in ("3.9.18", "3.12.1", "3.13.0", "3.14-dev", "pypy3.11-7.3.20"):
        (versions / version / "bin").mkdir(parents=True)

    path = tox_environment(tmp_path)["PATH"]

    assert path.split(os.pathsep) == [
        str(versions / "3.13.0" / "bin"),
        str(versions / "3.12.1" / "bin"),
        str(tmp_path),
        str(tmp_path / "ours" / "bin"),
    ]


def test_uv_gets_the_index_and_certificate_of_pip() -> None:
    listing = (
        ":env:.cert='/from/the/environment.pem'\n"
        "global.cert='/from/a/file.pem'\n"
        "global.index-url='https://packages.example/simple'\n"
        "user.timeout='10'\n"
    )

    assert pip_settings_for_uv(listing) == {
        "SSL_CERT_FILE": "/from/the/environment.pem",
        "UV_DEFAULT_INDEX": "https://packages.example/simple",
    }
