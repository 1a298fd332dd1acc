"""Create the deployment and start it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from testapp.launcher.console import log_file
from testapp.launcher.host import Address, Host
from testapp.launcher.keys import Keys
from testapp.launcher.peers import choose_peers
from testapp.launcher.ports import free_port
from testapp.launcher.postgres import Cluster
from testapp.launcher.processes import Supervisor
from testapp.launcher.services import Broker, Urls
from testapp.launcher.wheels import installed_wheels
from tests.faults import rabbitmq
from tests.faults.rig import eventually, run_folders
from tests.faults.stub import Stub
from tests.machines import engines
from tests.machines.hosts import add_hosts, all_serve
from tests.machines.rig import BEATS, SENTINELS, WEB, WORKERS, Machines

SETTINGS = Path(__file__).with_name("settings.py")
FILL = (
    "from tests.benchmarks.filling import fill;"
    "from klanten_plugin.domain.klanten.bitmaps import catch_up;"
    "fill({}); catch_up()"
)


@contextmanager
def running_machines(log: Path, broker: str, klanten: int) -> Iterator[Machines]:
    """Run the deployment in this context. Raises LauncherError without the programs."""
    with ExitStack() as stack:
        data, parent, account = run_folders(stack)
        wheels = installed_wheels(parent.parent)
        keys = Keys()
        cluster = Cluster(wheels, parent / "pg-1", account, keys.database_password)
        engines.own_folder(cluster.parent, account)
        names = ("pg-1", "pg-2", "pgbouncer", "rabbitmq", "redis-1", "redis-2")
        ports = {name: free_port() for name in (*names, *SENTINELS, *WEB)}
        redis = f"redis://:{keys.redis_password}@127.0.0.1:{ports['redis-1']}/0"
        urls = Urls(cluster.url(ports["pg-1"]), redis)
        peers = choose_peers(data, keys.peers_secret)
        address = Address("127.0.0.1", free_port())
        host = Host(data, keys, urls, address, peers)
        output = stack.enter_context(log_file(log))
        supervisor = stack.enter_context(Supervisor(output))
        folder = data / "machines"
        folder.mkdir()
        shutil.copy(SETTINGS, folder / "machines_settings.py")
        pooler = engines.Pooler(
            parent / "pgbouncer", account, keys.database_password, ports["pgbouncer"]
        )
        machines = Machines(
            *(host, cluster, Broker(wheels, folder, keys.redis_password), supervisor),
            Stub(peers.origin("notificaties")),
            broker_name=broker,
            folder=folder,
            ports=ports,
            pooler=pooler,
        )
        cluster.prepare(supervisor)
        machines.clusters["pg-1"] = cluster
        try:
            set_up(machines, klanten)
            yield machines
        finally:
            if part := machines.parts.get("rabbitmq"):
                # first the node, or its name server refuses
                if "rabbitmq" in machines.running:
                    machines.stop("rabbitmq")
                rabbitmq.end_epmd(part)


def set_up(machines: Machines, klanten: int) -> None:
    """Create everything and start it."""
    add_brokers(machines)
    machines.add_cluster("pg-1")
    machines.start("pg-1")
    machines.point_at_primary()
    prepare_database(machines, klanten)
    source = machines.clusters["pg-1"]
    machines.clusters["pg-2"] = engines.copy_of(
        machines.supervisor, source, "pg-2", machines.ports["pg-1"]
    )
    machines.add_cluster("pg-2")
    machines.start("pg-2")
    assert machines.pooler is not None
    machines.parts["pgbouncer"] = machines.pooler.part()
    machines.pooler.point_at(machines.ports["pg-1"], machines.ports["pg-2"])
    machines.start("pgbouncer")
    add_hosts(machines)
    for name in ("nrc", *WEB, *WORKERS, *BEATS):
        machines.start(name)
    eventually(lambda: all_serve(machines), "all web hosts serve")
    # last, because it would disable hosts that don't listen yet
    machines.start("nginx")
    address = machines.host.address.url
    eventually(lambda: machines.stub.is_up(address), "nginx serves")
    machines.watch(60, lambda: machines.is_synchronous)


def prepare_database(machines: Machines, klanten: int) -> None:
    machines.django("migrate", "--verbosity=0")
    machines.configure_publishing()
    machines.django("shell", "-c", FILL.format(klanten))
    machines.on_primary("ALTER SYSTEM SET synchronous_commit = 'remote_apply'")
    machines.on_primary("SELECT pg_reload_conf()")


def add_brokers(machines: Machines) -> None:
    valkey = engines.Valkey(
        machines.cluster.wheels, machines.folder, machines.host.keys.redis_password
    )
    ports = machines.ports
    machines.parts["redis-1"] = valkey.server("redis-1", ports["redis-1"])
    started = ["redis-1"]
    if machines.broker_name == "rabbitmq":
        program = rabbitmq.find_program() or engines.program("rabbitmq-server")
        node = rabbitmq.node_part(program, machines.folder, ports["rabbitmq"])
        machines.parts["rabbitmq"] = node
        started.append("rabbitmq")
    else:
        machines.parts["redis-2"] = valkey.server(
            "redis-2", ports["redis-2"], ports["redis-1"]
        )
        for name in SENTINELS:
            machines.parts[name] = valkey.sentinel(name, ports[name], ports["redis-1"])
        started += ["redis-2", *SENTINELS]
    for name in started:
        machines.start(name)
    if machines.broker_name == "rabbitmq":
        url = rabbitmq.node_url(ports["rabbitmq"])
        eventually(lambda: rabbitmq.is_up(url), "RabbitMQ is up")
