"""`python3 -m testapp`: run the complete host in the foreground, until Ctrl-C."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import time
from pathlib import Path

import requests

from testapp.launcher.commands import describe_login
from testapp.launcher.console import Console, terminal
from testapp.launcher.errors import LauncherError
from testapp.launcher.host import API_PATH, Address, Host, announce
from testapp.launcher.keys import load_keys, write_private
from testapp.launcher.layout import Layout
from testapp.launcher.locks import exclusive
from testapp.launcher.peers import choose_peers, drop_kept
from testapp.launcher.ports import require_free
from testapp.launcher.postgres import Cluster
from testapp.launcher.processes import Supervisor
from testapp.launcher.services import Wanted, choose
from testapp.peers.tokens import make_token
from testapp.peers.wire import direct_session

_READY_SECONDS = 90
_WATCH_SECONDS = 0.2
_RUNNING = (
    "the demo of this checkout already runs: stop it with Ctrl-C there, or set "
    "TESTAPP_DIR to another folder for a second demo"
)


def run_demo(layout: Layout, host: str, port: int, *, fresh: bool) -> None:
    """Run until interrupted. Raise LauncherError if a step or a part fails."""
    if fresh and os.environ.get("DATABASE_URL"):
        raise LauncherError(
            "--fresh doesn't empty the database of DATABASE_URL: do that yourself, "
            "or unset DATABASE_URL"
        )
    with (
        exclusive(layout.lock, taken=_RUNNING),
        (layout.logs / "start.log").open("w", encoding="utf-8") as hidden,
    ):
        require_free(host, port)
        console = terminal(hidden)
        # The supervisor encloses all steps, so that everything is stopped in order,
        # wherever we are interrupted.
        try:
            with Supervisor(console) as supervisor:
                try:
                    _bring_up(layout, Address(host, port), supervisor, fresh=fresh)
                    _watch(supervisor)
                finally:
                    console.line("==> stopping ...")
        finally:
            layout.running.unlink(missing_ok=True)
            console.line("    stopped")


def _bring_up(
    layout: Layout, address: Address, supervisor: Supervisor, *, fresh: bool
) -> None:
    console = supervisor.console
    keys = load_keys(layout.keys)
    wanted = choose(layout, keys, os.environ)
    # The file exists if this database contains the demo data.
    marker = layout.data / f"{_name(wanted.database)}.demo"
    if fresh:
        with console.step("starting over: dropping the data"):
            _drop(wanted, marker)
    is_new = not marker.exists()
    with console.step(f"services: {wanted.describe()}"):
        urls = wanted.start(supervisor)
    host = Host(
        layout, keys, urls, address, choose_peers(layout.ports, marker.with_suffix(""))
    )
    for part in host.peer_parts():
        supervisor.start(part)
    _fill(host, supervisor, is_new=is_new)
    with console.step("API, worker and beat; the peers nrc, nhr, cmc and vrc"):
        for part in host.own_parts():
            supervisor.start(part)
        _wait_until_it_answers(host, supervisor)
    with console.step("kanaal, abonnement and roles of klanten"):
        options = ["--relations"] if is_new else []
        supervisor.run(host.step("testapp_connect", *options))
    marker.touch()
    announce(host)
    _welcome(host, console)
    console.reveal()


def _drop(wanted: Wanted, marker: Path) -> None:
    marker.unlink(missing_ok=True)
    drop_kept(marker.with_suffix(""))
    wanted.drop_data()


def _name(database: Cluster | str) -> str:
    if isinstance(database, Cluster):
        return database.data.name
    return f"database-{hashlib.sha256(database.encode()).hexdigest()[:12]}"


def _fill(host: Host, supervisor: Supervisor, *, is_new: bool) -> None:
    """Migrate and configure, and load the demo klanten into a new database."""
    assert host.peers is not None
    content = {
        "domain": host.address.reachable,
        "admin_password": host.keys.admin_password,
        "applications": host.keys.clients,
        **host.peers.systems(),
    }
    file = host.layout.data / "setup.json"
    write_private(file, json.dumps(content) + "\n")
    console = supervisor.console
    with console.step("database: migrations, site, applications and admin account"):
        supervisor.run(host.step("testapp_setup", "--migrate", str(file)))
    if is_new:
        with console.step("500 demo klanten"):
            supervisor.run(host.step("klanten_demo"))


def _watch(supervisor: Supervisor) -> None:
    while True:
        supervisor.raise_if_fallen()
        time.sleep(_WATCH_SECONDS)


def _wait_until_it_answers(host: Host, supervisor: Supervisor) -> None:
    """Wait for a list of klanten: it needs the web server, Django and its database."""
    deadline = time.monotonic() + _READY_SECONDS
    url = f"{host.address.url}{API_PATH}/klanten"
    session = direct_session(f"Bearer {_token(host)}")
    status: int | str = "no answer"
    while time.monotonic() < deadline:
        supervisor.raise_if_fallen()
        try:
            status = session.get(url, timeout=_READY_SECONDS).status_code
        except requests.RequestException:
            time.sleep(_WATCH_SECONDS)
            continue
        break
    if status != http.client.OK:
        raise LauncherError(f"the API doesn't serve: {status} for {url}")


def _token(host: Host) -> str:
    return make_token("demo", host.keys.clients["demo"])


def _welcome(host: Host, console: Console) -> None:
    token = _token(host)
    api = host.address.url + API_PATH
    lines = [
        "",
        f"ready: {api}",
        f"start: {host.address.url}/",
        f"admin: {describe_login(host.address, host.keys)}",
        "       (once more: python3 -m testapp login)",
        f"token: {token}",
        "       (client demo, all scopes, for an hour; then: python3 -m testapp token)",
        "try:",
        f"  curl -H 'Authorization: Bearer {token}' {api}/klanten",
        "",
        "Ctrl-C stops everything; the data stays. What the programs say follows; what",
        f"they said until now is in {host.layout.logs / 'start.log'}.",
        "",
    ]
    # A single write, so that the output of parts doesn't come in between.
    console.line("\n".join(lines))
