"""The deployment: its parts, a supervisor that restarts them, and the failover."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg

from tests.faults.rig import Rig, eventually
from tests.machines import engines

WEB = ("web-1", "web-2", "web-3")
WORKERS = ("worker-1", "worker-2")
BEATS = ("beat-1", "beat-2")
SENTINELS = ("sentinel-1", "sentinel-2", "sentinel-3")
RESTART_SECONDS = 5.0
"""As `RestartSec` in the units of ``docs/deploy``."""

PRIMARY_SECONDS = 3.0
"""Time after which a primary that is gone is replaced."""

REPLICA_SECONDS = 2.0
"""Time after which commits don't wait any more for a replica that is gone."""

STEP = 0.2
SYNCHRONOUS = "ALTER SYSTEM SET synchronous_standby_names = '{}'"
SETTINGS = Path(__file__).with_name("settings.py")


@dataclass
class Machines(Rig):
    """The parts by name.

    ``primary`` and ``replica`` are the names of the two database servers, ``away`` the
    parts whose machine is down, so that nothing restarts them.
    """

    broker_name: str = "rabbitmq"
    folder: Path = Path()
    ports: dict[str, int] = field(default_factory=dict)
    pooler: engines.Pooler | None = None
    primary: str = "pg-1"
    replica: str = "pg-2"
    away: set[str] = field(default_factory=set)
    restarts: list[str] = field(default_factory=list)
    fallen: dict[str, float] = field(default_factory=dict)
    lost: dict[str, float] = field(default_factory=dict)
    is_synchronous: bool = False

    # --- supervisor and failover

    def watch(self, seconds: float, until: Callable[[], Any] = bool) -> None:
        """Restart parts and fail over for this time, or until a condition is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until():
            self._restart()
            self._fail_over()
            time.sleep(STEP)

    def leave(self, name: str) -> None:
        """Lose the machine with this part."""
        self.away.add(name)
        self.kill(name)

    def kill_process(self, name: str) -> None:
        """Kill a part whose machine stays up, so that it is restarted."""
        os.killpg(self.running[name].pid, signal.SIGKILL)

    def come_back(self, name: str) -> None:
        """Start the machine again."""
        self.away.discard(name)
        if name in self.clusters:
            self._rejoin(name)
        self.start(name)

    def _restart(self) -> None:
        """Restart what has ended, as systemd and compose do."""
        for name, running in list(self.running.items()):
            if running.poll() is None or name in self.away:
                self.fallen.pop(name, None)
            elif (
                time.monotonic()
                > self.fallen.setdefault(name, time.monotonic()) + RESTART_SECONDS
            ):
                self.stop(name)
                self.start(name)
                self.restarts.append(name)

    def _fail_over(self) -> None:
        """Do what Patroni does in its synchronous mode."""
        if self._is_lost(self.primary, PRIMARY_SECONDS) and self.is_synchronous:
            self.primary, self.replica = self.replica, self.primary
            self.point_at_primary()
            self.on_primary("SELECT pg_promote(wait => false)")
            self.is_synchronous = False
            # reads as well, until there is a replica again
            self._repoint(self.primary, self.primary)
        if self._is_lost(self.replica, REPLICA_SECONDS):
            self._be_synchronous(wanted=False)
        elif self.replica in self.running:
            self._be_synchronous(wanted=True)

    def _is_lost(self, name: str, seconds: float) -> bool:
        running = self.running.get(name)
        if running is not None and running.poll() is None:
            self.lost.pop(name, None)
            return False
        return time.monotonic() > self.lost.setdefault(name, time.monotonic()) + seconds

    def _be_synchronous(self, *, wanted: bool) -> None:
        """Let commits wait for the replica, only while there is one that keeps up."""
        if self.is_synchronous == wanted:
            return
        with suppress(psycopg.Error):
            if wanted and not self.on_primary(
                "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'"
            ):
                return
            self.on_primary(SYNCHRONOUS.format("*" if wanted else ""))
            self.on_primary("SELECT pg_reload_conf()")
            self.is_synchronous = wanted
            if wanted:
                self._repoint(self.primary, self.replica)

    def _repoint(self, primary: str, replica: str) -> None:
        assert self.pooler is not None
        self.pooler.point_at(self.ports[primary], self.ports[replica])
        with suppress(KeyError, ProcessLookupError):
            self.signal("pgbouncer", signal.SIGHUP)

    def _rejoin(self, name: str) -> None:
        """Make a server a replica of the primary, from scratch if it was the primary."""
        if (
            name == self.replica
            and (self.clusters[name].data / "standby.signal").exists()
        ):
            return
        source = self.clusters[self.primary]
        self.clusters[name] = engines.copy_of(
            self.supervisor, source, name, self.ports[self.primary]
        )
        self.add_cluster(name)

    # --- access

    def point_at_primary(self) -> None:
        """Direct the statements of the rig itself to the primary, without PgBouncer."""
        cluster, port = self.clusters[self.primary], self.ports[self.primary]
        urls = replace(self.host.urls, database=cluster.url(port))
        self.host = replace(self.host, urls=urls)

    def on_primary(self, statement: str) -> list[tuple[Any, ...]]:
        url = self.host.urls.database
        with psycopg.connect(url, autocommit=True, connect_timeout=2) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def add_cluster(self, name: str) -> None:
        cluster = self.clusters[name]
        self.parts[name] = replace(cluster.part(self.ports[name]), name=name)

    def start(self, name: str) -> None:
        """Start a part. Returns when a database server is ready."""
        self.running[name] = self.supervisor.start(self.parts[name])
        if name in self.clusters:
            pid, port = self.running[name].pid, self.ports[name]
            cluster = self.clusters[name]
            eventually(lambda: cluster.is_ready(pid, port), f"{name} is up")
