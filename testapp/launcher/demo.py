"""`python3 -m testapp`: run the complete host in the foreground, until Ctrl-C.

And its other commands: token, login, manage and peer.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import requests

from testapp.launcher.console import Console
from testapp.launcher.errors import LauncherError
from testapp.launcher.host import (
    API_PATH,
    Address,
    Host,
    announce,
    python,
    running_file,
    running_host,
)
from testapp.launcher.keys import Keys, load_keys, write_private
from testapp.launcher.locks import exclusive
from testapp.launcher.peers import PROGRAMS, choose_peers
from testapp.launcher.ports import require_free
from testapp.launcher.postgres import FOLDER
from testapp.launcher.processes import Supervisor
from testapp.launcher.services import start_services
from testapp.peers.tokens import make_token
from testapp.peers.wire import direct_session

_READY_SECONDS = 90
_WATCH_SECONDS = 0.2


def run_demo(data: Path, host: str, port: int, *, fresh: bool) -> None:
    """Run until interrupted. Raise LauncherError if a step or a part fails."""
    if fresh and os.environ.get("DATABASE_URL"):
        raise LauncherError(
            "--fresh doesn't empty the database of DATABASE_URL: do that yourself, "
            "or unset DATABASE_URL"
        )
    with ExitStack() as stack:
        stack.enter_context(exclusive(data / "lock", once="the demo"))
        require_free(host, port)
        log = (data / "logs" / "start.log").open("w", encoding="utf-8")
        console = Console(sys.stdout, hidden=stack.enter_context(log))
        # The supervisor encloses all steps, so that everything is stopped in order,
        # wherever we are interrupted.
        stack.callback(console.line, "    stopped")
        stack.callback(running_file(data).unlink, missing_ok=True)
        supervisor = stack.enter_context(Supervisor(console))
        stack.callback(console.line, "==> stopping ...")
        _bring_up(data, Address(host, port), supervisor, fresh=fresh)
        while True:
            supervisor.raise_if_fallen()
            time.sleep(_WATCH_SECONDS)


def _bring_up(
    data: Path, address: Address, supervisor: Supervisor, *, fresh: bool
) -> None:
    keys = load_keys(data)
    kept = _kept_folder(data)
    if fresh:
        shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(exist_ok=True)
    # the file exists if this database contains the demo data
    loaded = kept / "loaded"
    is_new = not loaded.exists()
    with supervisor.console.step("services: PostgreSQL and Redis"):
        urls = start_services(supervisor, data, keys, fresh=fresh)
    peers = choose_peers(data, keys.peers_secret, kept)
    host = Host(data, keys, urls, address, peers)
    _start_parts(host, supervisor, is_new=is_new)
    loaded.touch()
    announce(host)
    _welcome(host, supervisor.console)
    supervisor.console.reveal()


def _start_parts(host: Host, supervisor: Supervisor, *, is_new: bool) -> None:
    step = supervisor.console.step
    for part in host.peer_parts():
        supervisor.start(part)
    with step("database: migrations, site, applications and admin account"):
        file = str(_write_setup(host))
        supervisor.run(host.step("testapp_setup", "--migrate", file))
    if is_new:
        with step("500 demo klanten"):
            supervisor.run(host.step("klanten_demo"))
    with step("API, worker and beat; the peers nrc, nhr, cmc and vrc"):
        for part in host.own_parts():
            supervisor.start(part)
        _wait_until_it_answers(host, supervisor)
    with step("kanaal, abonnement and roles of klanten"):
        options = ["--relations"] if is_new else []
        supervisor.run(host.step("testapp_connect", *options))


def _kept_folder(data: Path) -> Path:
    """Return the folder of what belongs to the contents of one database."""
    database = os.environ.get("DATABASE_URL") or FOLDER
    return data / f"demo-{hashlib.sha256(database.encode()).hexdigest()[:12]}"


def _write_setup(host: Host) -> Path:
    """Write the file that testapp_setup reads."""
    assert host.peers is not None
    content = {
        "domain": host.address.reachable,
        "admin_password": host.keys.admin_password,
        "applications": host.keys.clients,
        **host.peers.systems(),
    }
    file = host.data / "setup.json"
    write_private(file, json.dumps(content) + "\n")
    return file


def _wait_until_it_answers(host: Host, supervisor: Supervisor) -> None:
    """Wait for a list of klanten: it needs the web server, Django and its database."""
    deadline = time.monotonic() + _READY_SECONDS
    session = direct_session(f"Bearer {_token(host.keys, 'demo')}")
    while True:
        supervisor.raise_if_fallen()
        try:
            url = f"{host.address.url}{API_PATH}/klanten"
            session.get(url, timeout=_READY_SECONDS).raise_for_status()
        except requests.RequestException as error:
            if time.monotonic() > deadline:
                raise LauncherError(f"the API doesn't serve: {error}") from None
            time.sleep(_WATCH_SECONDS)
        else:
            return


def _welcome(host: Host, console: Console) -> None:
    token = _token(host.keys, "demo")
    api = host.address.url + API_PATH
    lines = [
        "",
        f"ready: {api}",
        f"start: {host.address.url}/",
        f"admin: {_login(host.address, host.keys)}",
        "       (once more: python3 -m testapp login)",
        f"token: {token}",
        "       (client demo, all scopes, for an hour; then: python3 -m testapp token)",
        "try:",
        f"  curl -H 'Authorization: Bearer {token}' {api}/klanten",
        "",
        "Ctrl-C stops everything; the data stays. What the programs say follows; what",
        f"they said until now is in {host.data / 'logs' / 'start.log'}.",
        "",
    ]
    # A single write, so that the output of parts doesn't come in between.
    console.line("\n".join(lines))


def _token(keys: Keys, client: str) -> str:
    return make_token(client, keys.clients[client])


def _login(address: Address, keys: Keys) -> str:
    return f"{address.url}/admin/ (admin / {keys.admin_password})"


def print_token(data: Path, client: str) -> None:
    """Print a token of a client, and nothing else."""
    print(_token(load_keys(data), client))


def print_login(data: Path) -> None:
    """Print the address of the admin, and the login of its superuser."""
    host = running_host(data)
    address = host.address if host else Address("127.0.0.1", 8000)
    print(_login(address, load_keys(data)))


def run_peer(arguments: list[str]) -> None:
    """Become the program of a peer."""
    if not arguments or arguments[0] not in PROGRAMS:
        raise LauncherError(f"name one of the peers: {', '.join(PROGRAMS)}")
    name, *options = arguments
    _become(python(f"testapp.peers.{name}", *options), dict(os.environ))


def manage(data: Path, arguments: list[str]) -> None:
    """Become a Django command of the running demo."""
    host = running_host(data)
    if host is None:
        raise LauncherError("start the demo first, in another terminal")
    # the user at the terminal wants the output of the command, not its log
    quiet = {"LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING")}
    _become(host.django(*arguments), host.environment | quiet)


def _become(command: list[str], environment: dict[str, str]) -> None:
    sys.stdout.flush()
    os.execve(command[0], command, environment)  # noqa: S606 - no shell is wanted
