"""The steps between running services and a host that can handle requests."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

from testapp.launcher.console import Console
from testapp.launcher.host import Host
from testapp.launcher.keys import CLIENTS, Keys
from testapp.launcher.layout import Layout
from testapp.launcher.peers import Peers
from testapp.launcher.services import Wanted, choose
from testapp.launcher.steps import run_logged
from testapp.launcher.venv import Venv, ensure_installed
from testapp.launcher.wheels import Wheels, install_wheels

DEMO_KLANTEN = 500
_DEMO_SEED = 1


def demo_venv(layout: Layout, console: Console) -> Venv:
    """Return the virtual environment of the demo, with everything installed."""
    venv = Venv(layout.venv)
    ensure_installed(layout, venv, ["-e", ".[demo]"], console)
    return venv


def wanted_services(layout: Layout, keys: Keys, venv: Venv, console: Console) -> Wanted:
    """Return the services to start, with their wheels installed."""

    def wheels_in(folder: Path) -> Wheels:
        return install_wheels(layout, venv, folder, console)

    return choose(layout, keys, os.environ, wheels_in)


def prepare_database(host: Host, console: Console) -> None:
    """Migrate, and create the applications and the admin's account, in one process."""
    with console.step("database: migrations, site, applications and admin account"):
        _run(host, *_setup_command(host))


def load_demo(host: Host, marker: Path, console: Console) -> None:
    """Load the demo klanten once. Later changes and deletions are preserved."""
    if marker.exists():
        return
    count = str(DEMO_KLANTEN)
    with console.step(f"{count} demo klanten"):
        # the Notificaties API isn't notified of each of them
        quiet = replace(host, extra={"NOTIFICATIONS_DISABLED": "yes"})
        _run(quiet, "klanten_demo", "--count", count, "--seed", str(_DEMO_SEED))
    marker.write_text(f"{count}\n", encoding="utf-8")


def connect(host: Host, marker: Path, console: Console) -> None:
    """Connect the host and its peers, and create the demo's relations once."""
    relations = marker.with_suffix(".rollen")
    options = [] if relations.exists() else ["--relations"]
    with console.step("kanaal, abonnement and roles of klanten"):
        _run(host, "testapp_connect", *options)
    relations.touch()


def demo_marker(layout: Layout, wanted: Wanted) -> Path:
    """Return the file that marks this database as containing the demo data."""
    if wanted.cluster:
        return layout.data / f"{wanted.cluster.data.name}.demo"
    name = hashlib.sha256(os.environ["DATABASE_URL"].encode()).hexdigest()[:12]
    return layout.data / f"database-{name}.demo"


def _setup_command(host: Host) -> list[str]:
    applications = [
        option
        for client, secret in host.keys.clients.items()
        if client in CLIENTS
        for option in ("--application", f"{client}={secret}")
    ]
    return [
        "testapp_setup",
        "--migrate",
        *("--domain", host.address.reachable),
        *("--admin-password", host.keys.admin_password),
        *applications,
        *(_peer_options(host.peers) if host.peers else []),
    ]


def _peer_options(peers: Peers) -> list[str]:
    nrc, cmc, vrc = peers.notificaties, peers.contactmomenten, peers.verzoeken
    return [
        *("--notificaties", nrc.api_root, "--notificaties-secret", nrc.secret),
        *("--nhr", peers.nhr.origin, peers.nhr.secret),
        *("--dataservice", peers.dataservice.tls_root, str(peers.certificates)),
        *("--rollen", cmc.api_root, vrc.api_root, cmc.secret),
    ]


def _run(host: Host, *arguments: str) -> None:
    run_logged(
        host.django(*arguments),
        what=arguments[0],
        log=host.layout.logs / f"{arguments[0]}.log",
        cwd=host.layout.checkout,
        env=host.environment,
    )
