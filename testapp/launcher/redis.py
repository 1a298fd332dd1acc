"""The Redis-compatible server of one checkout: Valkey."""

from __future__ import annotations

import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

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

    def drop(self) -> None:
        """Remove the data."""
        if self.data.exists():
            shutil.rmtree(self.data)

    def part(self, port: int, *, throwaway: bool = False) -> Part:
        """Return the server as a part of the host, on loopback only."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        config = self.data / "server.conf"
        # In a file instead of options, because every user can read command lines.
        write_private(config, self._config(port, throwaway=throwaway))
        return Part(
            name="redis",
            command=[str(self.wheels.valkey), str(config)],
            cwd=self.data,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        )

    def is_ready(self, port: int) -> bool:
        """Return whether it responds. It doesn't while it is loading its data."""
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
