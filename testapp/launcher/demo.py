"""`python3 -m testapp`: run the complete host in the foreground, until Ctrl-C."""

from __future__ import annotations

import http.client
import os
import time

from testapp.launcher.commands import describe_login
from testapp.launcher.console import Console, terminal
from testapp.launcher.errors import LauncherError
from testapp.launcher.host import API_PATH, Address, Host
from testapp.launcher.keys import load_keys
from testapp.launcher.layout import Layout
from testapp.launcher.peers import choose_peers, drop_kept
from testapp.launcher.ports import require_free
from testapp.launcher.processes import Supervisor, describe_status
from testapp.launcher.runtime import announce, only_demo
from testapp.launcher.services import start
from testapp.launcher.setting_up import (
    connect,
    demo_marker,
    demo_venv,
    load_demo,
    prepare_database,
    wanted_services,
)
from testapp.launcher.tokens import make_token

_READY_SECONDS = 90
_WATCH_SECONDS = 0.2


def run_demo(layout: Layout, address: Address, *, fresh: bool) -> None:
    """Run until StopRequested. Raise LauncherError if a step or a part fails."""
    if fresh and os.environ.get("DATABASE_URL"):
        raise LauncherError(
            "--fresh doesn't empty the database of DATABASE_URL: do that yourself, "
            "or unset DATABASE_URL"
        )
    layout.prepare()
    with only_demo(layout):
        require_free(address.host, address.port)
        with (layout.logs / "start.log").open("w", encoding="utf-8") as hidden:
            console = terminal(hidden)
            # The supervisor encloses all steps, so that everything is stopped in order,
            # wherever we are interrupted.
            try:
                with Supervisor(console) as supervisor:
                    try:
                        _bring_up(layout, address, supervisor, fresh=fresh)
                        _watch(supervisor)
                    finally:
                        console.line("==> stopping ...")
            finally:
                console.line("    stopped")


def _bring_up(
    layout: Layout, address: Address, supervisor: Supervisor, *, fresh: bool
) -> None:
    console = supervisor.console
    keys = load_keys(layout.keys)
    venv = demo_venv(layout, console)
    wanted = wanted_services(layout, keys, venv, console)
    marker = demo_marker(layout, wanted)
    if fresh:
        with console.step("starting over: dropping the data"):
            for each in (marker, marker.with_suffix(".rollen")):
                each.unlink(missing_ok=True)
            wanted.drop_data()
            drop_kept(marker.with_suffix(""))
    with console.step(f"services: {wanted.describe()}"):
        urls = start(wanted, supervisor, os.environ)
    peers = choose_peers(layout.ports, data=marker.with_suffix(""))
    host = Host(layout, venv, keys, urls, address, peers)
    for part in host.peer_parts():
        supervisor.start(part)
    prepare_database(host, console)
    load_demo(host, marker, console)
    with console.step("API, worker and beat; the peers nrc, nhr, cmc and vrc"):
        for part in host.own_parts():
            supervisor.start(part)
        _wait_until_it_answers(host, supervisor)
    connect(host, marker, console)
    announce(layout, address, urls)
    _welcome(host, console)
    console.reveal()


def _watch(supervisor: Supervisor) -> None:
    while True:
        _raise_if_fallen(supervisor)
        time.sleep(_WATCH_SECONDS)


def _raise_if_fallen(supervisor: Supervisor) -> None:
    fallen = supervisor.fallen()
    if fallen and fallen.status is not None:
        how = describe_status(fallen.status)
        name = fallen.part.name
        raise LauncherError(
            f"{name} ended unexpectedly ({how}), so everything is stopped. It said:\n"
            + "\n".join(f"    {line}" for line in fallen.last_lines)
        )


def _wait_until_it_answers(host: Host, supervisor: Supervisor) -> None:
    """Wait for a list of klanten: it needs the web server, Django and its database."""
    deadline = time.monotonic() + _READY_SECONDS
    status: int | str = "no answer"
    while time.monotonic() < deadline:
        _raise_if_fallen(supervisor)
        try:
            status = _status_of_list(host)
        except (OSError, http.client.HTTPException):
            time.sleep(_WATCH_SECONDS)
            continue
        if status == http.client.OK:
            return
        break
    raise LauncherError(f"the API doesn't serve: {status} for {API_PATH}/klanten")


def _status_of_list(host: Host) -> int:
    # Not urllib, because it would use the proxy of the environment.
    address = host.address.reachable
    connection = http.client.HTTPConnection(address, timeout=_READY_SECONDS)
    token = make_token("demo", host.keys.clients["demo"])
    try:
        connection.request(
            "GET",
            f"{API_PATH}/klanten",
            headers={"Authorization": f"Bearer {token}"},
        )
        return connection.getresponse().status
    finally:
        connection.close()


def _welcome(host: Host, console: Console) -> None:
    token = make_token("demo", host.keys.clients["demo"])
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
