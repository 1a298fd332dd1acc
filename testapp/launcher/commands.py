"""The commands besides the demo and the checks: token, login, manage, peer."""

from __future__ import annotations

import os
import sys

from testapp.launcher.errors import LauncherError
from testapp.launcher.host import Address, python, running_host
from testapp.launcher.keys import Keys, load_keys
from testapp.launcher.layout import Layout
from testapp.peers.tokens import make_token

PEERS = ("notificaties", "nhr", "contactmomenten", "verzoeken")


def print_token(layout: Layout, client: str) -> None:
    """Print a token of a client, and nothing else."""
    known = load_keys(layout.keys).clients
    if client not in known:
        names = ", ".join(sorted(known))
        raise LauncherError(f"no client {client!r}: there are {names}")
    print(make_token(client, known[client]))


def print_login(layout: Layout) -> None:
    """Print the address of the admin, and the login of its superuser."""
    host = running_host(layout)
    address = host.address if host else Address("127.0.0.1", 8000)
    print(describe_login(address, load_keys(layout.keys)))


def describe_login(address: Address, keys: Keys) -> str:
    """Return the address of the admin with its login, in one line."""
    return f"{address.url}/admin/ (admin / {keys.admin_password})"


def run_peer(arguments: list[str]) -> None:
    """Become the program of a peer."""
    if not arguments or arguments[0] not in PEERS:
        raise LauncherError(f"name one of the peers: {', '.join(PEERS)}")
    name, *options = arguments
    _become(python(f"testapp.peers.{name}", *options), dict(os.environ))


def manage(layout: Layout, arguments: list[str]) -> None:
    """Become a Django command of the running demo."""
    host = running_host(layout)
    if host is None:
        raise LauncherError("start the demo first, in another terminal")
    # the user at the terminal wants the output of the command, not its log
    quiet = {"LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING")}
    _become(host.django(*arguments), host.environment | quiet)


def _become(command: list[str], environment: dict[str, str]) -> None:
    sys.stdout.flush()
    os.execve(command[0], command, environment)  # noqa: S606 - no shell is wanted
