"""PostgreSQL and Redis: given by URL, or started from the wheels."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from testapp.launcher import accounts
from testapp.launcher.errors import LauncherError
from testapp.launcher.keys import Keys
from testapp.launcher.layout import Layout
from testapp.launcher.ports import free_port
from testapp.launcher.postgres import Cluster
from testapp.launcher.processes import Part, RunningPart, Supervisor, describe_status
from testapp.launcher.redis import Broker
from testapp.launcher.wheels import Wheels

_START_SECONDS = 60
_ATTEMPTS = 3
_NO_SQLITE = (
    "DATABASE_URL must name a PostgreSQL database: the suite's own tables need array "
    "columns and pg_trgm, which SQLite and MySQL don't have"
)


@dataclass(frozen=True)
class Urls:
    """The URLs of the two services."""

    database: str
    redis: str

    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database, "REDIS_URL": self.redis}


@dataclass(frozen=True)
class Wanted:
    """The services that we start ourselves. None for one that is given by its URL."""

    cluster: Cluster | None
    broker: Broker | None

    def drop_data(self) -> None:
        """Remove the data of our own services, after stopping leftover servers."""
        if self.cluster:
            self.cluster.end_leftover()
            self.cluster.drop()
        if self.broker:
            self.broker.drop()

    def describe(self) -> str:
        """Return a description of the services for users."""
        postgres = "PostgreSQL" if self.cluster else "DATABASE_URL"
        return f"{postgres}, {'Valkey' if self.broker else 'REDIS_URL'}"


def choose(
    layout: Layout,
    keys: Keys,
    environ: Mapping[str, str],
    wheels_in: Callable[[Path], Wheels],
) -> Wanted:
    """Return the services to start. `wheels_in` is called with a folder if needed."""
    given, redis_given = environ.get("DATABASE_URL"), environ.get("REDIS_URL")
    if given and not given.startswith(("postgres", "pgsql")):
        raise LauncherError(_NO_SQLITE)
    if given and redis_given:
        return Wanted(None, None)
    account = None if given else accounts.server_account()
    folder = accounts.server_folder(layout, account)
    wheels = wheels_in(folder / "wheels")
    return Wanted(
        None if given else Cluster(wheels, folder, account, keys.database_password),
        None if redis_given else Broker(wheels, folder, keys.redis_password),
    )


def start(
    wanted: Wanted,
    supervisor: Supervisor,
    environ: Mapping[str, str],
    *,
    throwaway: bool = False,
) -> Urls:
    """Start these services, and wait until they are ready."""
    database, redis = environ.get("DATABASE_URL", ""), environ.get("REDIS_URL", "")
    cluster, broker = wanted.cluster, wanted.broker
    if cluster:
        cluster.create()
        cluster.end_leftover()
        port = _start_on_free_port(
            supervisor,
            lambda port: cluster.part(port, throwaway=throwaway),
            lambda running, _: cluster.is_ready(running.pid),
        )
        database = cluster.url(port)
    if broker:
        port = _start_on_free_port(
            supervisor,
            lambda port: broker.part(port, throwaway=throwaway),
            lambda _, port: broker.is_ready(port),
        )
        redis = broker.url(port)
    return Urls(database, redis)


def _start_on_free_port(
    supervisor: Supervisor,
    make_part: Callable[[int], Part],
    is_ready: Callable[[RunningPart, int], bool],
) -> int:
    """Start it, and return its port. Try again if another process takes that first."""
    for _ in range(_ATTEMPTS):
        port = free_port()
        running = supervisor.start(make_part(port))
        deadline = time.monotonic() + _START_SECONDS
        while running.status is None and time.monotonic() < deadline:
            if is_ready(running, port):
                return port
            time.sleep(0.05)
        status = running.status
        supervisor.stop(running)
    how = "it doesn't answer" if status is None else describe_status(status)
    raise LauncherError(f"{running.part.name} doesn't start: {how}")
