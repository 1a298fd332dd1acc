"""The Redis-compatible server of one checkout: Valkey."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import redis

from testapp.launcher.accounts import ENVIRONMENT
from testapp.launcher.keys import write_private
from testapp.launcher.processes import Part
from testapp.launcher.wheels import Wheels


@dataclass(frozen=True)
class Broker:
    """The server with its data folder. Messages survive a restart."""

    wheels: Wheels
    parent: Path
    password: str

    @property
    def data(self) -> Path:
        return self.parent / "valkey-9"

    def url(self, port: int) -> str:
        return f"redis://:{self.password}@127.0.0.1:{port}/0"

    def prepare(self) -> None:
        """Create the data folder."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)

    def part(self, port: int, *, throwaway: bool = False) -> Part:
        """Return the server as a part of the host, on loopback only."""
        lines = [
            "bind 127.0.0.1",
            f"port {port}",
            f'dir "{self.data}"',
            f"requirepass {self.password}",
            "daemonize no",
            'save ""',
            f"appendonly {'no' if throwaway else 'yes'}",
            "loglevel warning",
        ]
        # In a file instead of options, because every user can read command lines.
        config = self.data / "server.conf"
        write_private(config, "\n".join(lines) + "\n")
        command = [str(self.wheels.valkey), str(config)]
        return Part("redis", command, cwd=self.data, env=ENVIRONMENT)

    def is_ready(self, pid: int, port: int) -> bool:
        """Return whether it responds. It doesn't while it is loading its data."""
        try:
            with redis.Redis.from_url(self.url(port), socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
