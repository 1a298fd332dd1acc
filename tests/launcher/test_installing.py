"""What runs before anything is installed, and the conditions for installing again."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from testapp.launcher.installing import clean, fingerprint
from testapp.launcher.layout import CHECKOUT

if TYPE_CHECKING:
    from testapp.launcher.layout import Layout
    from tests.launcher.conftest import MakeProgram

DEMO = ("-e", ".[demo]")
CHECKS = ("tox>=4.26", "tox-uv>=1.26", "psutil>=7", "redis>=5.0.8")


def run(layout: Layout, *arguments: str) -> subprocess.CompletedProcess[str]:
    services = {"DATABASE_URL": "postgres://db/klanten", "REDIS_URL": "redis://r/0"}
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "testapp", *arguments],
        cwd=CHECKOUT,
        env=os.environ | services | {"TESTAPP_DIR": str(layout.data)},
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
    layout: Layout,
    make_program: MakeProgram,
    arguments: list[str],
    venv: str,
    requirements: tuple[str, ...],
) -> None:
    """The base Python of this environment could differ from the one that runs it."""
    make_program(layout.data / venv / "bin" / "python", "$PYTHONPATH $*")
    stamp = layout.data / venv / "installed.sha256"
    stamp.write_text(fingerprint(requirements), encoding="utf-8")

    done = run(layout, *arguments)

    assert done.stdout == f" -m testapp.launcher {' '.join(arguments)}\n"
    assert (done.returncode, done.stderr) == (0, "")


def test_what_fails_to_install_is_said_with_the_end_of_its_output(
    layout: Layout,
) -> None:
    (layout.data / "venv").write_text("in the way", encoding="utf-8")

    done = run(layout, "token")

    assert done.returncode == 1
    assert "virtual environment in" in done.stderr
    assert "-m venv " in done.stderr
    assert "failed:\n    Error: " in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "http"], "'http' is no port"),
        (["--port", "70000"], "'70000' is no port"),
        (["--fresh", "nonsense"], "invalid choice"),
    ],
)
def test_wrong_arguments_are_refused_before_installing(
    layout: Layout, arguments: list[str], words: str
) -> None:
    done = run(layout, *arguments)

    assert done.returncode == 2
    assert words in done.stderr
    assert not (layout.data / "venv").exists()


def test_the_help_names_the_commands(layout: Layout) -> None:
    help_text = run(layout, "--help").stdout

    for command in ("token", "login", "test", "manage", "peer", "--fresh"):
        assert command in help_text
    assert "TESTAPP_DIR" in help_text


def test_the_fingerprint_changes_with_what_is_installed() -> None:
    assert fingerprint(DEMO) == fingerprint(DEMO)
    assert fingerprint(DEMO) != fingerprint(("-e", ".[demo,tests]"))


def test_what_another_python_left_is_not_passed_on() -> None:
    environ = {"PATH": "/bin", "PYTHONPATH": "/else", "VIRTUAL_ENV": "/else"}

    clean(environ)

    assert environ["PATH"] == "/bin"
    assert "PYTHONPATH" not in environ
    assert "VIRTUAL_ENV" not in environ
