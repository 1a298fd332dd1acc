"""A Redis-compatible server for one checkout: Redis or Valkey."""

from __future__ import annotations

import re
import shutil
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from testapp.launcher.keys import write_private
from testapp.launcher.processes import Part

if TYPE_CHECKING:
    from pathlib import Path

    from testapp.launcher.discovery import Server

# Advice on the machine's kernel, and the welcome.
_SILENCED = re.compile(
    r"overcommit|Transparent Huge Pages|TCP backlog|oO0OoO0OoO0Oo|Configuration loaded"
    r"|Warning: no config file|somaxconn|PRETTY|licens",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Broker:
    """The server with its data folder; messages survive a restart."""

    server: Server
    parent: Path
    password: str

    @property
    def data(self) -> Path:
        # By flavour and version: they don't read each other's newer files.
        return self.parent / f"{self.server.program.name}-{self.server.major}"

    def url(self, port: int) -> str:
        return f"redis://:{self.password}@127.0.0.1:{port}/0"

    def drop(self) -> None:
        """Remove the data."""
        if self.data.exists():
            shutil.rmtree(self.data)

    def part(self, port: int, *, throwaway: bool = False) -> Part:
        """Return the server as a part of the host, on loopback only."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        config = self.data / "server.conf"
        # In a file rather than as options: everyone can read a command line.
        write_private(config, self._config(port, throwaway=throwaway))
        return Part(
            name="redis",
            command=[str(self.server.program), str(config)],
            cwd=self.data,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            silenced=_SILENCED,
        )

    def is_ready(self, port: int) -> bool:
        """Say whether it answers; while it loads its data it doesn't."""
        request = f"AUTH {self.password}\r\nPING\r\n".encode()
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as peer:
                peer.sendall(request)
                answer = b""
                while answer.count(b"\r\n") < 2:
                    received = peer.recv(1024)
                    if not received:
                        return False
                    answer += received
        except OSError:
            return False
        return answer.endswith(b"+PONG\r\n")

    def _config(self, port: int, *, throwaway: bool) -> str:
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
        return "\n".join(lines) + "\n"
