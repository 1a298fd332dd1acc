"""The web hosts, workers and beats, each with a disk of its own, and nginx."""

from __future__ import annotations

from dataclasses import replace

from testapp.launcher.folders import CHECKOUT
from testapp.launcher.host import Address
from testapp.launcher.processes import Part
from tests.faults import rabbitmq
from tests.faults.rig import controlled
from tests.machines import engines
from tests.machines.rig import BEATS, SENTINELS, WEB, WORKERS, Machines


def add_hosts(machines: Machines) -> None:
    """Add the web hosts, workers and beats, each with a disk of its own."""
    parts = [*machines.host.peer_parts(), *machines.host.own_parts()]
    table = {part.name: part for part in parts}
    machines.parts["nrc"] = controlled(table["nrc"])
    for name in WEB:
        address = Address("127.0.0.1", machines.ports[name])
        [api] = [
            part
            for part in replace(machines.host, address=address).own_parts()
            if part.name == "api"
        ]
        add_host(machines, name, api)
    for name in WORKERS:
        add_host(machines, name, table["worker"], f"--hostname={name}@%h")
    for name in BEATS:
        schedule = machines.folder / name / "schedule"
        add_host(machines, name, table["beat"], "-s", str(schedule))
    hosts = {name: f"127.0.0.1:{machines.ports[name]}" for name in WEB}
    machines.parts["nginx"] = engines.nginx(
        machines.folder, machines.host.address.port, hosts
    )


def add_host(machines: Machines, name: str, part: Part, *options: str) -> None:
    """Add a part of the host with the settings for several machines."""
    disk = machines.folder / name
    disk.mkdir(exist_ok=True)
    env = dict(part.env) | host_environment(machines, name)
    command = [*part.command, *options]
    machines.parts[name] = replace(part, name=name, command=command, env=env, grace=60)


def host_environment(machines: Machines, name: str) -> dict[str, str]:
    """Return the environment of the machine with this part."""
    assert machines.pooler is not None
    disk = machines.folder / name
    ports, password = machines.ports, machines.host.keys.redis_password
    ours = {
        "DJANGO_SETTINGS_MODULE": "machines_settings",
        "MACHINES_EXAMPLE": str(engines.DEPLOY / "machines.py"),
        "PYTHONPATH": f"{CHECKOUT}:{machines.folder}",
        "DATABASE_URL": machines.pooler.url(),
        "REDIS_URL": f"redis://:{password}@127.0.0.1:{ports['redis-1']}/1",
        "PUBLIC_URL": machines.host.address.url,
        "ALLOWED_HOSTS": f"127.0.0.1,{name}.internal",
        "SITE_DOMAIN": f"{name}.internal",
        "WEB_CONCURRENCY": "1",
        "LOG_LEVEL": "WARNING",
        **{each: str(disk) for each in ("HOME", "TMPDIR", "PRIVATE_MEDIA_ROOT")},
    }
    if machines.broker_name == "rabbitmq":
        return ours | {"BROKER_URL": rabbitmq.node_url(ports["rabbitmq"])}
    addresses = [f"127.0.0.1:{ports[each]}" for each in SENTINELS]
    urls = [f"sentinel://:{password}@{each}/0" for each in addresses]
    return ours | {
        "BROKER_URL": ";".join(urls),
        "SENTINELS": ",".join(addresses),
        "REDIS_PASSWORD": password,
    }


def all_serve(machines: Machines) -> bool:
    """Whether the Notificaties API and all web hosts respond."""
    addresses = [f"http://127.0.0.1:{machines.ports[name]}" for name in WEB]
    return all(machines.stub.is_up(each) for each in ("", *addresses))
