"""A complete host of real processes, which can be stopped, killed and started."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg

from testapp.launcher.console import log_file
from testapp.launcher.folders import (
    CHECKOUT,
    data_folder,
    open_folder,
    server_account,
    server_folder,
)
from testapp.launcher.host import Address, Host
from testapp.launcher.keys import Keys
from testapp.launcher.peers import choose_peers
from testapp.launcher.ports import free_port
from testapp.launcher.postgres import Cluster
from testapp.launcher.processes import Part, RunningPart, Supervisor
from testapp.launcher.services import Broker, Urls
from testapp.launcher.wheels import installed_wheels
from tests.faults.stub import Stub

PATIENCE = 180.0
"""Seconds. Far longer than any operation that isn't stuck."""

PAUSE = 0.1
"""Seconds between two polls, because polling slows down the polled processes."""

WORKERS = ("worker-1", "worker-2")
DEMO_PEERS = "testapp.peers."
PEERS = ("nrc", "nhr", "cmc", "vrc")
OUTBOX = "klanten_plugin_outboxtask"
OPEN = "state IN ('waiting', 'running')"


def eventually(condition: Callable[[], Any], what: str) -> Any:
    """Wait until the condition is true, and return its value."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(PAUSE)
    raise AssertionError(f"not within {PATIENCE:.0f} s: {what}")


@dataclass
class Rig:
    """The parts by name, the services they use, and access to them."""

    host: Host
    cluster: Cluster
    broker: Broker
    supervisor: Supervisor
    stub: Stub
    parts: dict[str, Part] = field(default_factory=dict)
    running: dict[str, RunningPart] = field(default_factory=dict)
    clusters: dict[str, Cluster] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start a part. Returns when PostgreSQL and Redis are ready."""
        started = self.supervisor.start(self.parts[name])
        self.running[name] = started
        services = {
            "postgres": (self.cluster, self.host.urls.database),
            "redis": (self.broker, self.host.urls.redis),
        }
        if name in services:
            service, url = services[name]
            port = urlsplit(url).port or 0
            eventually(lambda: service.is_ready(started.pid, port), f"{name} is up")

    def stop(self, name: str) -> None:
        """Ask it to stop, and wait until it has."""
        self.supervisor.stop(self.running.pop(name))

    def signal(self, name: str, signum: signal.Signals) -> None:
        """Send a signal to the part's own process."""
        os.kill(self.running[name].pid, signum)

    def kill(self, name: str) -> None:
        """Kill it and all its child processes with SIGKILL."""
        os.killpg(self.running[name].pid, signal.SIGKILL)
        self.stop(name)

    def children(self, name: str) -> list[psutil.Process]:
        """Return its child processes."""
        return psutil.Process(self.running[name].pid).children(recursive=True)

    def connected(self, name: str, port: int) -> Iterator[psutil.Process]:
        """Yield the child processes of a part with a connection to this port."""
        for child in self.children(name):
            try:
                connections = child.net_connections("tcp")
            except psutil.Error:  # it ended; while it ends, only root can read it
                continue
            if any(
                each.raddr
                and each.raddr.port == port
                and each.status == psutil.CONN_ESTABLISHED
                for each in connections
            ):
                yield child

    def django(self, *arguments: str) -> str:
        """Return the output of a management command."""
        done = subprocess.run(  # noqa: S603 - our own command
            self.host.django(*arguments),
            env=self._environment(),
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def configure(self, **content: Any) -> None:
        """Configure the host with ``testapp_setup``."""
        file = self.host.data / "setup.json"
        file.write_text(json.dumps(content), encoding="utf-8")
        self.django("testapp_setup", str(file))

    def sql(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a statement, run in a separate transaction."""
        with psycopg.connect(self.host.urls.database) as connection:
            # the statements are from the tests themselves
            cursor = connection.execute(statement.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def count(self, condition: str) -> int:
        """Return the number of rows of the outbox of a kind."""
        statement = f"SELECT count(*) FROM {OUTBOX} WHERE {condition}"  # noqa: S608
        return int(self.sql(statement)[0][0])

    def wait_until_settled(self) -> None:
        """Wait until the outbox is empty, as long as it makes progress."""
        left = self.count(OPEN)
        while left:
            eventually(
                lambda left=left: self._is_less_open(left), "less waits in the outbox"
            )
            left = self.count(OPEN)

    def _is_less_open(self, left: int) -> bool:
        self.restart_ended()
        return self.count(OPEN) < left

    def restart_ended(self) -> None:
        """Start parts that have ended again, as systemd does with ``Restart=always``.

        Celery's worker ends if Redis stops at some moments.
        """
        for name in [
            name for name, part in self.running.items() if part.poll() is not None
        ]:
            print(f"{name} ended and is started again")  # noqa: T201 - why it failed
            self.stop(name)
            self.start(name)

    def wait_until_due_is_done(self) -> None:
        """Wait until only rows that are due later are left."""
        eventually(
            lambda: not self.count(f"{OPEN} AND next_attempt_at <= now()"),
            "what is due is done",
        )

    def change_environment(self, name: str, **variables: str) -> None:
        """Set variables for the next start of a part. "" removes one."""
        part = self.parts[name]
        kept = {key: text for key, text in part.env.items() if key not in variables}
        added = {key: text for key, text in variables.items() if text}
        self.parts[name] = replace(part, env=kept | added)

    def sql_alone(self, statement: str) -> None:
        """Run a statement that can't be part of a transaction."""
        with psycopg.connect(self.host.urls.database, autocommit=True) as connection:
            connection.execute(statement.encode())

    def add_cluster(self, name: str, cluster: Cluster) -> None:
        """Add another PostgreSQL, as a part with a separate port."""
        self.clusters[name] = cluster
        self.parts[name] = replace(cluster.part(free_port()), name=name)

    def take_place(self, name: str) -> None:
        """Give another PostgreSQL the address of the host's own."""
        self.cluster = self.clusters.pop(name)
        port = urlsplit(self.host.urls.database).port or 0
        self.parts["postgres"] = self.cluster.part(port)

    def empty(self) -> None:
        """Remove earlier klanten and messages."""
        self.stub.behave()
        # rows that wait for a trade register that a failed test has left behind
        self.sql(f"DELETE FROM {OUTBOX} WHERE kind LIKE 'nhr_%'")  # noqa: S608
        self.wait_until_settled()
        self.sql(
            f"TRUNCATE {OUTBOX}, klanten_plugin_klant, audittrails_audittrail CASCADE"
        )
        self.stub.clear()

    def _environment(self) -> dict[str, str]:
        return self.host.environment | {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "WEB_CONCURRENCY": "2",
            "LOG_LEVEL": "WARNING",
        }

    def _add(self, part: Part, name: str, *options: str) -> None:
        command = [*part.command, *options]
        # keep its secrets
        env = dict(part.env) | self._environment()
        self.parts[name] = replace(part, name=name, command=command, env=env)

    def set_up(self) -> None:
        """Create services, an empty database with the host's tables, and all parts."""
        self.start("postgres")
        self.start("redis")
        parts = [*self.host.peer_parts(), *self.host.own_parts()]
        table = {part.name: part for part in parts}
        for name, part in table.items():
            if name != "worker":
                self._add(part, name)
        for name in WORKERS:
            self._add(table["worker"], name, f"--hostname={name}@%h")
        # a single process, to measure its memory
        options = ("--hostname=single@%h", "--concurrency=1")
        self._add(table["worker"], "single", *options)
        # a second beat, started by accident
        schedule = self.host.data / "celerybeat-schedule-2"
        self._add(table["beat"], "beat-2", "-s", str(schedule))
        for name in PEERS:
            self._add(controlled(table[name]), name)
        self.django("migrate", "--verbosity=0")
        self.configure_publishing()
        for name in ("nrc", "api", "beat", *WORKERS):
            self.start(name)
        eventually(self._serves, "the API serves")

    def configure_publishing(self) -> None:
        """Configure the API of the host, and the Notificaties API that it publishes to."""
        assert self.host.peers is not None
        systems = self.host.peers.systems()
        self.configure(
            domain=self.host.address.reachable,
            applications={"demo": self.host.keys.clients["demo"]},
            notificaties=systems["notificaties"],
        )
        self.sql(
            "UPDATE notifications_api_common_notificationsconfig SET"
            " notification_delivery_retry_backoff = 1,"
            " notification_delivery_base_factor = 2,"
            " notification_delivery_retry_backoff_max = 4"
        )

    def _serves(self) -> bool:
        return self.stub.is_up() and self.stub.is_up(self.host.address.url)


def controlled(part: Part) -> Part:
    """Return a peer of the demo as the stand-in that tests control."""
    command = list(part.command)
    place = next(n for n, word in enumerate(command) if word.startswith(DEMO_PEERS))
    command[place : place + 1] = [
        "tests.peers",
        command[place].removeprefix(DEMO_PEERS),
    ]
    return replace(part, command=command)


@contextmanager
def running_rig(log: Path) -> Iterator[Rig]:
    """Run everything in this context. Raises LauncherError without the wheels."""
    with ExitStack() as stack:
        data, parent, account = run_folders(stack)
        wheels = installed_wheels(parent.parent)
        keys = Keys()
        cluster = Cluster(wheels, parent, account, keys.database_password)
        broker = Broker(wheels, parent, keys.redis_password)
        ports = {"postgres": free_port(), "redis": free_port()}
        urls = Urls(cluster.url(ports["postgres"]), broker.url(ports["redis"]))
        peers = choose_peers(data, keys.peers_secret)
        address = Address("127.0.0.1", free_port())
        host = Host(data, keys, urls, address, peers)
        output = stack.enter_context(log_file(log))
        supervisor = stack.enter_context(Supervisor(output))
        stub = Stub(peers.origin("notificaties"))
        rig = Rig(host, cluster, broker, supervisor, stub)
        cluster.prepare(supervisor)
        broker.prepare()
        # not the fast settings of throw-away servers, because commits must be durable
        rig.parts["postgres"] = cluster.part(ports["postgres"])
        # but all messages are lost when Redis stops
        rig.parts["redis"] = broker.part(ports["redis"], throwaway=True)
        rig.set_up()
        yield rig


def run_folders(stack: ExitStack) -> tuple[Path, Path, str | None]:
    """Create folders for this run, one of them for PostgreSQL's account."""
    shared = data_folder(os.environ)
    name = f"test-services-faults-{os.getpid()}"
    folders = []
    for parent in (shared, server_folder(shared)):
        folder = open_folder(parent / name)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folders.append(folder)
    return folders[0], folders[1], server_account()
