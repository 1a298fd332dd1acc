"""The commands besides the demo itself: token, shell, manage."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from testapp.launcher.console import Console, log_file
from testapp.launcher.errors import LauncherError
from testapp.launcher.host import Address, Host
from testapp.launcher.keys import Keys, client_secret, load_keys
from testapp.launcher.layout import Layout
from testapp.launcher.processes import Supervisor
from testapp.launcher.runtime import running_demo, turn_for_services
from testapp.launcher.services import Urls, start
from testapp.launcher.setting_up import demo_venv, prepare_database, wanted_services
from testapp.launcher.steps import run_at_terminal, run_logged
from testapp.launcher.tokens import client_for_scopes, make_token, split_scopes
from testapp.launcher.venv import clean_environment

PEERS = ("notificaties", "nhr", "contactmomenten", "verzoeken")
DEFAULT_ADDRESS = Address("127.0.0.1", 8000)


def print_token(
    layout: Layout, client: str, scopes: str | None, *, show_secret: bool
) -> None:
    """Print a token, or the client's id and secret, and nothing else.

    With comma-separated `scopes`, it is for a client that has exactly those.
    """
    layout.prepare()
    if scopes is None:
        secret = _known_secret(layout, client)
    else:
        client, secret = _scoped_client(layout, split_scopes(scopes))
    print(f"{client} {secret}" if show_secret else make_token(client, secret))


def print_login(layout: Layout) -> None:
    """Print the address of the admin, and the login of its superuser."""
    layout.prepare()
    running = running_demo(layout)
    address = running.address if running else DEFAULT_ADDRESS
    print(describe_login(address, load_keys(layout.keys)))


def describe_login(address: Address, keys: Keys) -> str:
    """Return the address of the admin with its login, in one line."""
    return f"{address.url}/admin/ (admin / {keys.admin_password})"


def run_peer(layout: Layout, arguments: list[str]) -> int:
    """Run a peer in the demo's virtual environment, and return its exit status."""
    if not arguments or arguments[0] not in PEERS:
        raise LauncherError(f"name one of the peers: {', '.join(PEERS)}")
    layout.prepare()
    venv = demo_venv(layout, Console(sys.stderr))
    name, *options = arguments
    return run_at_terminal(
        venv.command(f"testapp.peers.{name}", *options),
        cwd=layout.checkout,
        env=clean_environment(os.environ),
    )


def manage(layout: Layout, arguments: list[str]) -> int:
    """Run a Django command with the services available, and return its exit status."""
    layout.prepare()
    # the user at the terminal wants the output of the command, not its log
    quiet = {"LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING")}
    with _host_for_the_moment(layout) as host:
        return run_at_terminal(
            host.django(*arguments), cwd=layout.checkout, env=host.environment | quiet
        )


def _known_secret(layout: Layout, client: str) -> str:
    known = load_keys(layout.keys).clients
    if client not in known:
        raise LauncherError(
            f"no client {client!r}: there are {', '.join(sorted(known))}; "
            "--scopes makes one with just the scopes you name"
        )
    return known[client]


def _scoped_client(layout: Layout, scopes: list[str]) -> tuple[str, str]:
    if not scopes:
        raise LauncherError("--scopes needs a scope, such as klanten.lezen")
    client = client_for_scopes(scopes)
    secret = client_secret(layout.keys, client)
    with _host_for_the_moment(layout) as host:
        run_logged(
            host.django(
                *("testapp_application", client, secret),
                *("--scopes", ",".join(scopes)),
            ),
            what="making a client with these scopes",
            log=layout.logs / "testapp_application.log",
            cwd=layout.checkout,
            env=host.environment,
        )
    return client, secret


@contextmanager
def _host_for_the_moment(layout: Layout) -> Iterator[Host]:
    """Yield the host with the services of the running demo, or with temporary ones.

    Messages go to standard error, because standard output belongs to the command.
    """
    console = Console(sys.stderr)
    keys = load_keys(layout.keys)
    with turn_for_services(layout) as running:
        venv = demo_venv(layout, console)
        if running:
            urls = Urls(running.database, running.redis)
            # its real address, because changes are notified to others with our URLs
            yield Host(layout, venv, keys, urls, running.address)
            return
        wanted = wanted_services(layout, keys, venv, console)
        is_new = bool(wanted.cluster and not wanted.cluster.exists)
        with log_file(layout.logs / "services.log") as log, Supervisor(log) as parts:
            urls = start(wanted, parts, os.environ)
            host = Host(layout, venv, keys, urls, DEFAULT_ADDRESS)
            if is_new:
                prepare_database(host, console)
            yield host
