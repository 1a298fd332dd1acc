"""What runs before anything is installed, and the conditions for installing again."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from testapp.launcher.folders import CHECKOUT
from testapp.launcher.installing import fingerprint

if TYPE_CHECKING:
    from pathlib import Path

    from tests.launcher.conftest import MakeProgram

DEMO = ("-e", ".[demo]")
CHECKS = ("tox>=4.26", "tox-uv>=1.26", "psutil>=7", "redis>=5.0.8")


def run(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    services = {"DATABASE_URL": "postgres://db/klanten", "REDIS_URL": "redis://r/0"}
    left = {"PYTHONPATH": str(CHECKOUT), "VIRTUAL_ENV": "/of/another/python"}
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "testapp", *arguments],
        cwd=CHECKOUT,
        env=os.environ | services | left | {"TESTAPP_DIR": str(data)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("arguments", "venv", "requirements"),
    [
        (["--port", "8001"], "venv", DEMO),
        (["token", "--client", "lezer"], "venv", DEMO),
        (["test", "-e", "lint", "--", "-x"], "tox-venv", CHECKS),
        (["manage", "shell", "-c", "pass"], "venv", DEMO),
    ],
)
def test_a_command_continues_in_what_was_installed(
    data: Path,
    make_program: MakeProgram,
    arguments: list[str],
    venv: str,
    requirements: tuple[str, ...],
) -> None:
    """The base Python of this environment could differ from the one that runs it."""
    make_program(data / venv / "bin" / "python", "$PYTHONPATH$VIRTUAL_ENV $*")
    stamp = data / venv / "installed.sha256"
    stamp.write_text(fingerprint(requirements), encoding="utf-8")

    done = run(data, *arguments)

    assert done.stdout == f" -m testapp.launcher {' '.join(arguments)}\n"
    assert (done.returncode, done.stderr) == (0, "")


def test_what_fails_to_install_is_said_with_the_end_of_its_output(
    data: Path,
) -> None:
    (data / "venv").write_text("in the way", encoding="utf-8")

    done = run(data, "token")

    assert done.returncode == 1
    assert "virtual environment in" in done.stderr
    assert "venv ended unexpectedly (exit status 1)" in done.stderr
    assert "It said:\n    Error: " in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "http"], "'http' is no port"),
        (["--port", "70000"], "'70000' is no port"),
        (["--fresh", "nonsense"], "invalid choice"),
        (["token", "--client", "nobody"], "invalid choice"),
    ],
)
def test_wrong_arguments_are_refused_before_installing(
    data: Path, arguments: list[str], words: str
) -> None:
    done = run(data, *arguments)

    assert done.returncode == 2
    assert words in done.stderr
    assert not (data / "venv").exists()


def test_the_help_names_the_commands(data: Path) -> None:
    help_text = run(data, "--help").stdout

    for command in ("token", "login", "test", "manage", "peer", "--fresh"):
        assert command in help_text
    assert "TESTAPP_DIR" in help_text


def test_the_fingerprint_changes_with_what_is_installed() -> None:
    assert fingerprint(DEMO) == fingerprint(DEMO)
    assert fingerprint(DEMO) != fingerprint(("-e", ".[demo,tests]"))
