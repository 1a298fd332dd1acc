"""PostgreSQL for one checkout: create, run and stop its cluster."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from testapp.launcher.accounts import own_folder, run_as
from testapp.launcher.errors import LauncherError
from testapp.launcher.keys import write_private
from testapp.launcher.processes import Part, command_line
from testapp.launcher.wheels import Wheels

USER = "klanten"
DATABASE = "klanten"
_MAJOR = 18  # of the pinned wheel; other versions can't read its files
_LEFTOVER_SECONDS = 20
_STATUS_LINE = 7
_TEST_SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True)
class Cluster:
    """A data folder, and the account that owns it."""

    wheels: Wheels
    parent: Path
    account: str | None
    password: str

    @property
    def data(self) -> Path:
        return self.parent / f"postgres-{_MAJOR}"

    @property
    def exists(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    def url(self, port: int) -> str:
        return f"postgres://{USER}:{self.password}@127.0.0.1:{port}/{DATABASE}"

    def create(self) -> None:
        """Create the cluster with its database, unless it exists."""
        if self.exists:
            return
        # Under a temporary name until it is complete: an interrupted initdb leaves a
        # folder that PostgreSQL neither starts nor initialises again.
        fresh = self.parent / f"{self.data.name}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        own_folder(fresh, self.account)
        self._initdb(fresh)
        self._create_database(fresh)
        fresh.replace(self.data)

    def drop(self) -> None:
        """Remove the data."""
        if self.data.exists():
            shutil.rmtree(self.data)

    def part(self, port: int, *, throwaway: bool = False) -> Part:
        """Return the server as a part of the host, on loopback only."""
        settings = [
            "listen_addresses=127.0.0.1",
            f"port={port}",
            # A socket would need a short path that both accounts can access.
            "unix_socket_directories=",
            "max_logical_replication_workers=0",
            "log_checkpoints=off",
            "log_line_prefix=",
            # The values and statements in error messages can be personal data.
            "log_error_verbosity=terse",
            "log_min_error_statement=panic",
            *(_TEST_SPEED if throwaway else ()),
        ]
        options = [option for each in settings for option in ("-c", each)]
        return Part(
            name="postgres",
            command=[
                str(self.wheels.postgres / "postgres"),
                "-D",
                str(self.data),
                *options,
            ],
            cwd=Path("/"),
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            user=self.account,
            # PostgreSQL's "fast" shutdown. SIGTERM would wait for the last client.
            stop_signal=signal.SIGINT,
            grace=30,
        )

    def is_ready(self, pid: int) -> bool:
        """Return whether the server with this pid accepts connections."""
        with suppress(FileNotFoundError, IndexError, ValueError):
            lines = self._pid_file.read_text(encoding="utf-8").splitlines()
            return int(lines[0]) == pid and lines[_STATUS_LINE].strip() == "ready"
        return False

    def end_leftover(self) -> None:
        """Stop the leftover server of a killed launcher, and remove its pid file."""
        pid = self._recorded_pid()
        if pid is None:
            return
        deadline = time.monotonic() + _LEFTOVER_SECONDS
        while self._is_ours(pid):
            if time.monotonic() > deadline:
                raise LauncherError(f"PostgreSQL (process {pid}) doesn't stop: end it")
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            time.sleep(0.2)
        # Another process may have this pid by now, which PostgreSQL would take for a
        # running server.
        self._pid_file.unlink(missing_ok=True)

    @property
    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def _recorded_pid(self) -> int | None:
        with suppress(FileNotFoundError, IndexError, ValueError):
            return int(self._pid_file.read_text(encoding="utf-8").split()[0])
        return None

    def _is_ours(self, pid: int) -> bool:
        """Return whether the process is a server for our data, not a reused pid."""
        return str(self.data) in command_line(pid)

    def _initdb(self, folder: Path) -> None:
        password = self.parent / f"{self.data.name}.password"
        write_private(password, self.password + "\n")
        try:
            if self.account:
                shutil.chown(password, self.account, pwd.getpwnam(self.account).pw_gid)
            self._run_or_raise(
                [
                    str(self.wheels.postgres / "initdb"),
                    *("-D", str(folder), "-U", USER, "--encoding=UTF8"),
                    *("--auth=scram-sha-256", f"--pwfile={password}"),
                    *("--no-instructions", "--no-locale"),
                    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                ]
            )
        finally:
            password.unlink(missing_ok=True)

    def _create_database(self, folder: Path) -> None:
        """Create the database without a running server, so no client is needed."""
        program = str(self.wheels.postgres / "postgres")
        self._run_or_raise(
            [program, "--single", "-D", str(folder), "postgres"],
            text=f"CREATE DATABASE {DATABASE};\n",
        )

    def _run_or_raise(self, command: list[str], text: str | None = None) -> None:
        done = run_as(self.account, command, text=text)
        if done.returncode:
            raise LauncherError(
                f"{Path(command[0]).name} failed:\n{done.stdout.strip()}"
            )
