"""PostgreSQL and Redis: given by URL, or started from the wheels."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import redis

from testapp.launcher.errors import LauncherError
from testapp.launcher.folders import server_account, server_folder
from testapp.launcher.keys import Keys, write_private
from testapp.launcher.ports import free_port
from testapp.launcher.postgres import ENVIRONMENT, Cluster
from testapp.launcher.processes import Part, Supervisor
from testapp.launcher.wheels import Wheels, installed_wheels

_START_SECONDS = 60
_ATTEMPTS = 3


@dataclass(frozen=True)
class Urls:
    """The URLs of the two services."""

    database: str
    redis: str

    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database, "REDIS_URL": self.redis}


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

    def prepare(self, *, fresh: bool = False) -> None:
        """Create the data folder, after dropping an existing one with ``fresh``."""
        if fresh:
            shutil.rmtree(self.data, ignore_errors=True)
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


def start_services(
    supervisor: Supervisor,
    data: Path,
    keys: Keys,
    *,
    fresh: bool = False,
    throwaway: Path | None = None,
) -> Urls:
    """Return the URLs that are given, or of our own services once they are ready.

    With ``fresh`` these start without the data of before. ``throwaway`` is another
    folder for their data, which needn't survive a crash.
    """
    database, redis_url = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    if database and redis_url:
        return Urls(database, redis_url)
    home = server_folder(data)
    wheels, folder = installed_wheels(home), throwaway or home

    if not database:
        cluster = Cluster(wheels, folder, server_account(), keys.database_password)
        cluster.prepare(supervisor, fresh=fresh)
        database = _start(cluster, supervisor, throwaway=bool(throwaway))
    if not redis_url:
        broker = Broker(wheels, folder, keys.redis_password)
        broker.prepare(fresh=fresh)
        redis_url = _start(broker, supervisor, throwaway=bool(throwaway))
    return Urls(database, redis_url)


def _start(
    service: Cluster | Broker, supervisor: Supervisor, *, throwaway: bool
) -> str:
    """Return its URL. Tries again if another process takes its port first."""
    for _ in range(_ATTEMPTS):
        port = free_port()
        running = supervisor.start(service.part(port, throwaway=throwaway))
        deadline = time.monotonic() + _START_SECONDS
        while running.poll() is None and time.monotonic() < deadline:
            if service.is_ready(running.pid, port):
                return service.url(port)
            time.sleep(0.05)
        supervisor.stop(running)
    raise LauncherError(running.last_words())
