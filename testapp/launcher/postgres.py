"""PostgreSQL for one checkout: create, run and stop its cluster."""

from __future__ import annotations

import shutil
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from testapp.launcher.accounts import ENVIRONMENT, own_folder, run_as
from testapp.launcher.errors import LauncherError
from testapp.launcher.keys import write_private
from testapp.launcher.processes import Part
from testapp.launcher.wheels import Wheels

USER = "klanten"
DATABASE = "postgres"
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
        return self.parent / f"postgresql-{_MAJOR}"

    def url(self, port: int) -> str:
        return f"postgres://{USER}:{self.password}@127.0.0.1:{port}/{DATABASE}"

    def prepare(self) -> None:
        """Create the cluster, or stop the leftover server of an existing one."""
        if self.data.exists():
            self.end_leftover()
            return
        # Under a temporary name until it is complete: an interrupted initdb leaves a
        # folder that PostgreSQL neither starts nor initialises again.
        fresh = self.parent / f"{self.data.name}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self._initdb(own_folder(fresh, self.account))
        fresh.replace(self.data)

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
        program = str(self.wheels.postgres / "postgres")
        return Part(
            name="postgres",
            command=[program, "-D", str(self.data), *options],
            cwd=Path("/"),
            env=ENVIRONMENT,
            user=self.account,
            # PostgreSQL's "fast" shutdown. SIGTERM would wait for the last client.
            stop_signal=signal.SIGINT,
            grace=30,
        )

    def is_ready(self, pid: int, port: int) -> bool:
        """Return whether the server with this pid accepts connections."""
        with suppress(FileNotFoundError, IndexError, ValueError):
            lines = self._pid_file.read_text(encoding="utf-8").splitlines()
            return int(lines[0]) == pid and lines[_STATUS_LINE].strip() == "ready"
        return False

    def end_leftover(self) -> None:
        """Stop the leftover server of a killed launcher, and remove its pid file.

        Another process may have its pid by now, which PostgreSQL would take for a
        running server.
        """
        gone = (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess)
        with suppress(*gone):
            pid = int(self._pid_file.read_text(encoding="utf-8").split()[0])
            server = psutil.Process(pid)
            if str(self.data) in server.cmdline():
                server.send_signal(signal.SIGINT)
                server.wait(_LEFTOVER_SECONDS)
        self._pid_file.unlink(missing_ok=True)

    @property
    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def _initdb(self, folder: Path) -> None:
        password = self.parent / f"{self.data.name}.password"
        write_private(password, self.password + "\n")
        if self.account:
            shutil.chown(password, self.account)
        done = run_as(
            self.account,
            [
                str(self.wheels.postgres / "initdb"),
                *("-D", str(folder), "-U", USER, "--encoding=UTF8"),
                *("--auth=scram-sha-256", f"--pwfile={password}"),
                *("--no-instructions", "--no-locale"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            ],
        )
        password.unlink()
        if done.returncode:
            raise LauncherError(f"initdb failed:\n{done.stdout.strip()}")
