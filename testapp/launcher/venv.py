"""Virtual environments with packages that are installed once."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from testapp.launcher.console import Console
from testapp.launcher.errors import LauncherError
from testapp.launcher.layout import Layout
from testapp.launcher.steps import run_logged

_NO_PIP = (
    "this Python ({python}) can make no virtual environment: it has neither ensurepip "
    "nor pip. On Debian and Ubuntu: apt install python3-venv"
)


@dataclass(frozen=True)
class Venv:
    """A virtual environment in the data folder."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        return self.folder / "installed.sha256"

    def command(self, module: str, *arguments: str) -> list[str]:
        return [str(self.python), "-m", module, *arguments]


def ensure_installed(
    layout: Layout, venv: Venv, requirements: Sequence[str], console: Console
) -> None:
    """Install with pip, unless exactly the same was installed before.

    That is: the same requirements, setup.py, Python, and path of the checkout.
    """
    wanted = fingerprint(layout.checkout, requirements)
    if _read(venv.stamp) == wanted:
        return
    env = clean_environment(os.environ)
    log = layout.logs / f"{venv.folder.name}.log"
    with console.step(f"virtual environment in {_short(layout, venv.folder)}"):
        _create(layout, venv, env)
    what = " ".join(each for each in requirements if each != "-e")
    with console.step(f"installing {what} (about a minute)"):
        run_logged(
            venv.command("pip", "install", *requirements),
            what=f"installing {what}",
            log=log,
            cwd=layout.checkout,
            env=env,
        )
    venv.stamp.write_text(wanted, encoding="utf-8")


def fingerprint(checkout: Path, requirements: Sequence[str]) -> str:
    """Return a digest of everything that determines the contents of an installation."""
    setup = checkout / "setup.py"
    digest = hashlib.sha256(setup.read_bytes() if setup.exists() else b"")
    for each in (sys.version, sys.base_prefix, str(checkout), *requirements):
        digest.update(b"\0" + each.encode())
    return digest.hexdigest()


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without variables of another Python.

    pip's version notices are disabled.
    """
    foreign = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"}
    kept = {name: value for name, value in environ.items() if name not in foreign}
    return kept | {
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "PYTHONUNBUFFERED": "1",
    }


def _create(layout: Layout, venv: Venv, env: Mapping[str, str]) -> None:
    shutil.rmtree(venv.folder, ignore_errors=True)
    log = layout.logs / f"{venv.folder.name}.log"
    has_venv = all(importlib.util.find_spec(each) for each in ("venv", "ensurepip"))
    command = [sys.executable, "-m", "venv", str(venv.folder)]
    if not has_venv:
        # Debian has ensurepip in a separate package, python3-venv.
        command = _virtualenv_command(layout, venv, env)
    run_logged(
        command,
        what="making a virtual environment",
        log=log,
        cwd=layout.checkout,
        env=env,
    )


def _virtualenv_command(
    layout: Layout, venv: Venv, env: Mapping[str, str]
) -> list[str]:
    """Return the command that creates it, with virtualenv from the machine's pip."""
    if not importlib.util.find_spec("pip"):
        raise LauncherError(_NO_PIP.format(python=sys.executable))
    folder = layout.data / "virtualenv"
    shutil.rmtree(folder, ignore_errors=True)
    run_logged(
        [
            *(sys.executable, "-m", "pip", "install"),
            *("--target", str(folder), "virtualenv"),
        ],
        what="fetching virtualenv (or: apt install python3-venv)",
        log=layout.logs / "virtualenv.log",
        cwd=layout.checkout,
        env=env,
    )
    start = "import sys; sys.path.insert(0, sys.argv.pop(1)); import virtualenv.__main__ as m; m.run()"
    return [sys.executable, "-c", start, str(folder), str(venv.folder)]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _short(layout: Layout, path: Path) -> str:
    if path.is_relative_to(layout.checkout):
        return str(path.relative_to(layout.checkout))
    return str(path)
