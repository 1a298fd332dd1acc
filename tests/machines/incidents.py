"""What happens to the deployment while consumers use it, one incident after the other."""

from __future__ import annotations

import subprocess
import tarfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from redis.sentinel import Sentinel

from testapp.launcher.folders import CHECKOUT
from tests.faults.rig import OPEN
from tests.machines.balance import Verdict, verdict
from tests.machines.checks import are_working
from tests.machines.engines import MASTER
from tests.machines.load import Answer, Load
from tests.machines.rig import SENTINELS, Machines

BEFORE = 5.0
AWAY = 15.0
AFTER = 10.0
SETTLING = 150.0
MIGRATIONS = "klanten_plugin/migrations"

Heal = Callable[[], None]


def nothing() -> None:
    """Repair nothing: the supervisor does."""


@dataclass(frozen=True)
class Incident:
    """``hurt`` returns the function that brings the machine back after ``AWAY``."""

    name: str
    title: str
    hurt: Callable[[Machines], Heal]


def machine(name: str) -> Callable[[Machines], Heal]:
    """Return an incident in which the machine with this part is away for a while."""

    def hurt(machines: Machines) -> Heal:
        machines.leave(name)
        return lambda: machines.come_back(name)

    return hurt


def broker(machines: Machines) -> Heal:
    """Lose RabbitMQ's node, or the master that the Sentinels know."""
    if machines.broker_name == "rabbitmq":
        return machine("rabbitmq")(machines)
    return machine(master(machines))(machines)


def master(machines: Machines) -> str:
    """Return the name of the current master of Redis."""
    addresses = [("127.0.0.1", machines.ports[name]) for name in SENTINELS]
    auth = {"password": machines.host.keys.redis_password}
    sentinel = Sentinel(addresses, sentinel_kwargs=auth, socket_timeout=2)
    _host, port = sentinel.discover_master(MASTER)
    return next(name for name, each in machines.ports.items() if each == port)


def pooler(machines: Machines) -> Heal:
    """Kill PgBouncer, which its supervisor restarts."""
    machines.kill_process("pgbouncer")
    return nothing


def replica(machines: Machines) -> Heal:
    return machine(machines.replica)(machines)


def primary(machines: Machines) -> Heal:
    """Lose the primary. It returns as the replica of its successor."""
    return machine(machines.primary)(machines)


def older_version(machines: Machines) -> Heal:
    """Replace a web host and a worker by those of an older version of the code."""
    names = ("web-1", "worker-1")
    parts = {name: machines.parts[name] for name in names}
    code = older_code(machines.folder / "older")
    for name, part in parts.items():
        machines.stop(name)
        env = dict(part.env) | {"PYTHONPATH": f"{code}:{machines.folder}"}
        machines.parts[name] = replace(part, cwd=code, env=env)
        machines.start(name)

    def heal() -> None:
        for name in names:
            machines.stop(name)
            machines.parts[name] = parts[name]
            machines.start(name)

    return heal


def older_code(folder: Path) -> Path:
    """Extract the oldest commit with the same migrations."""
    commit = _git("log", "-1", "--format=%H", "--", MIGRATIONS).decode().strip()
    with tarfile.open(fileobj=BytesIO(_git("archive", commit))) as archive:
        archive.extractall(folder, filter="data")
    return folder


def _git(*arguments: str) -> bytes:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True).stdout  # noqa: S603


INCIDENTS = (
    Incident("none", "nothing", lambda _machines: nothing),
    Incident("web", "a web host dies", machine("web-2")),
    Incident("worker", "a worker host dies", machine("worker-1")),
    Incident("broker", "the broker's node dies", broker),
    Incident("pgbouncer", "PgBouncer dies", pooler),
    Incident("replica", "the replica dies", replica),
    Incident("primary", "the primary dies, the replica is promoted", primary),
    Incident("older", "two versions of the code", older_version),
)


@dataclass(frozen=True)
class Outcome:
    """What consumers noticed of an incident, and whether everything is there."""

    incident: Incident
    answers: list[Answer]
    began: float
    settled: float
    waiting: int
    stale: int
    restarts: list[str]
    verdict: Verdict

    @property
    def failed(self) -> list[Answer]:
        return [each for each in self.answers if not each.is_ok]

    @property
    def kinds(self) -> str:
        """Return the failures by method and status, e.g. `GET 502 3`."""
        kinds = Counter(
            f"{each.method} {each.status or 'no answer'}" for each in self.failed
        )
        return ", ".join(f"{kind}: {count}" for kind, count in sorted(kinds.items()))

    @property
    def period(self) -> str:
        """Return the seconds after the incident in which requests failed."""
        moments = [each.moment - self.began for each in self.failed]
        return f"{min(moments):.1f} - {max(moments):.1f}" if moments else ""

    @property
    def rate(self) -> float:
        return len(self.answers) / (self.answers[-1].moment - self.answers[0].moment)

    @property
    def slowest(self) -> float:
        return max(each.seconds for each in self.answers if each.is_ok)


def run(machines: Machines, incident: Incident, rate: float) -> Outcome:
    """Let it happen under load, and wait until everything has recovered."""
    machines.watch(SETTLING, lambda: are_working(machines))
    machines.stub.clear()
    machines.restarts.clear()
    load = Load(machines.host, rate)
    load.start()
    machines.watch(BEFORE)
    began = time.monotonic()
    heal = incident.hurt(machines)
    machines.watch(AWAY)
    heal()
    machines.watch(AFTER)
    load.end()
    machines.watch(60, load.is_over)
    ended = time.monotonic()
    waiting = machines.count(OPEN)
    machines.watch(SETTLING, lambda: not machines.count(OPEN))
    return Outcome(
        incident,
        load.answers,
        began,
        time.monotonic() - ended,
        waiting,
        load.stale,
        list(machines.restarts),
        verdict(machines, load),
    )
