"""PostgreSQL for one checkout: create, run and stop its cluster."""

from __future__ import annotations

import os
import shutil
import signal
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from testapp.launcher.folders import own_folder
from testapp.launcher.keys import write_private
from testapp.launcher.processes import Part, Supervisor
from testapp.launcher.wheels import Wheels

USER = "klanten"
DATABASE = "postgres"
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
"""The variables of the servers."""

FOLDER = "postgresql-18"
"""Named after the pinned wheel, because other versions can't read its files."""

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
        return self.parent / FOLDER

    def url(self, port: int) -> str:
        return f"postgres://{USER}:{self.password}@127.0.0.1:{port}/{DATABASE}"

    def prepare(self, supervisor: Supervisor, *, fresh: bool = False) -> None:
        """Stop a leftover server, and create the cluster if there is none.

        With ``fresh`` an existing one is dropped.
        """
        self._end_leftover()
        if fresh:
            shutil.rmtree(self.data, ignore_errors=True)
        if self.data.exists():
            return
        # Under a temporary name until it is complete: an interrupted initdb leaves a
        # folder that PostgreSQL neither starts nor initialises again.
        new = self.data.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        password = self.parent / f"{self.data.name}.password"
        write_private(password, self.password + "\n")
        if self.account:
            shutil.chown(password, self.account)
        supervisor.run(
            self.program(
                "initdb",
                *("-D", str(own_folder(new, self.account)), "-U", USER),
                *("--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8"),
                *("--no-instructions", "--no-locale"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            )
        )
        password.unlink()
        new.replace(self.data)

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
        # PostgreSQL's "fast" shutdown. SIGTERM would wait for the last client.
        return replace(
            self.program("postgres", "-D", str(self.data), *options),
            stop_signal=signal.SIGINT,
            grace=30,
        )

    def program(self, name: str, *options: str) -> Part:
        """Return a program of PostgreSQL, as the account of the cluster."""
        return Part(
            name,
            [str(self.wheels.postgres / name), *options],
            cwd=Path("/"),
            env=ENVIRONMENT,
            user=self.account,
        )

    def is_ready(self, pid: int, port: int) -> bool:
        """Return whether the server with this pid accepts connections."""
        lines = self._pid_lines()
        return lines[0:1] == [str(pid)] and lines[_STATUS_LINE:] == ["ready"]

    def _end_leftover(self) -> None:
        """Stop the leftover server of a killed launcher, and remove its pid file.

        Another process may have its pid by now, which PostgreSQL would take for a
        running server.
        """
        with suppress(IndexError, ValueError, psutil.NoSuchProcess):
            server = psutil.Process(int(self._pid_lines()[0]))
            if str(self.data) in server.cmdline():
                server.send_signal(signal.SIGINT)
                server.wait(_LEFTOVER_SECONDS)
        self._pid_file.unlink(missing_ok=True)

    def _pid_lines(self) -> list[str]:
        with suppress(FileNotFoundError):
            text = self._pid_file.read_text(encoding="utf-8")
            return [line.strip() for line in text.splitlines()]
        return []

    @property
    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"
