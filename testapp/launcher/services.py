"""PostgreSQL and Redis: given by URL, or started from the wheels."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from testapp.launcher.accounts import server_account, server_folder
from testapp.launcher.errors import LauncherError
from testapp.launcher.keys import Keys
from testapp.launcher.layout import Layout
from testapp.launcher.ports import free_port
from testapp.launcher.postgres import Cluster
from testapp.launcher.processes import Supervisor
from testapp.launcher.redis import Broker
from testapp.launcher.wheels import installed_wheels

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
class Wanted:
    """The services: our own, or the URLs of those that are given."""

    database: Cluster | str
    redis: Broker | str

    def drop_data(self) -> None:
        """Remove the data of our own services."""
        if isinstance(self.database, Cluster):
            self.database.end_leftover()
        for each in (self.database, self.redis):
            if not isinstance(each, str):
                shutil.rmtree(each.data, ignore_errors=True)

    def describe(self) -> str:
        """Return a description of the services for users."""
        database = "DATABASE_URL" if isinstance(self.database, str) else "PostgreSQL"
        return f"{database}, {'REDIS_URL' if isinstance(self.redis, str) else 'Valkey'}"

    def start(self, supervisor: Supervisor, *, throwaway: bool = False) -> Urls:
        """Start our own services, and wait until they are ready."""

        def url(service: Cluster | Broker | str) -> str:
            if isinstance(service, str):
                return service
            return _start(service, supervisor, throwaway=throwaway)

        return Urls(url(self.database), url(self.redis))


def choose(
    layout: Layout, keys: Keys, environ: Mapping[str, str], parent: Path | None = None
) -> Wanted:
    """Return the services of the URLs, or our own from the installed wheels.

    ``parent`` is another folder for their data.
    """
    database, redis = environ.get("DATABASE_URL"), environ.get("REDIS_URL")
    if database and redis:
        return Wanted(database, redis)
    folder = server_folder(layout)
    wheels, data = installed_wheels(folder / "wheels"), parent or folder
    return Wanted(
        database or Cluster(wheels, data, server_account(), keys.database_password),
        redis or Broker(wheels, data, keys.redis_password),
    )


def _start(
    service: Cluster | Broker, supervisor: Supervisor, *, throwaway: bool
) -> str:
    """Return its URL. Tries again if another process takes its port first."""
    service.prepare()
    for _ in range(_ATTEMPTS):
        port = free_port()
        running = supervisor.start(service.part(port, throwaway=throwaway))
        deadline = time.monotonic() + _START_SECONDS
        while running.status is None and time.monotonic() < deadline:
            if service.is_ready(running.pid, port):
                return service.url(port)
            time.sleep(0.05)
        supervisor.stop(running)
    raise LauncherError(running.last_words())
