"""The command line of `python3 -m testapp`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from testapp.launcher.commands import manage, print_login, print_token, run_peer
from testapp.launcher.demo import run_demo
from testapp.launcher.errors import LauncherError, StopRequested
from testapp.launcher.host import Address
from testapp.launcher.interrupts import stop_on_signals
from testapp.launcher.layout import Layout, find_layout
from testapp.launcher.testing import run_checks

_MAX_PORT = 65535
_INTERRUPTED = 130
# The arguments of these commands are passed to other programs, so they aren't parsed.
_PASSED_ON: dict[str, Callable[[Layout, list[str]], int]] = {
    "test": run_checks,
    "shell": lambda layout, rest: manage(layout, ["shell", *rest]),
    "manage": manage,
    "peer": run_peer,
}
_DESCRIPTION = "Sets up and runs the demo host in the foreground, until Ctrl-C."
_EPILOG = """\
environment:
  DATABASE_URL, REDIS_URL  use these services instead of starting some
  TESTAPP_DIR              the data folder (.testapp in the checkout)
"""


def main(arguments: list[str]) -> int:
    """Run a command, and return the exit status."""
    stop_on_signals()
    try:
        return _run(find_layout(os.environ), arguments)
    except LauncherError as error:
        print(f"testapp: {error}", file=sys.stderr)
        return 1
    except StopRequested:
        # It was asked to stop, and did: for the demo this is success.
        return 0 if _is_demo(arguments) else _INTERRUPTED


def build_parser() -> argparse.ArgumentParser:
    """Return the parser. test, shell, manage and peer are in it only for the help."""
    parser = argparse.ArgumentParser(
        prog="python3 -m testapp",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address (%(default)s)")
    parser.add_argument("--port", type=_port, default=8000, help="port (%(default)s)")
    parser.add_argument(
        "--fresh", action="store_true", help="drop the data and start over"
    )
    commands = parser.add_subparsers(dest="command", metavar="command")
    token = commands.add_parser(
        "token", help="print a JWT for the API", allow_abbrev=False
    )
    token.add_argument("--client", default="demo", help="client id (%(default)s)")
    token.add_argument(
        "--scopes", help="make a client with these scopes, separated by commas"
    )
    token.add_argument(
        "--show-secret",
        action="store_true",
        help="print the client id and its secret instead",
    )
    commands.add_parser(
        "login", help="print address and login of the admin", allow_abbrev=False
    )
    commands.add_parser("test", help="run the checks; tox arguments may follow")
    commands.add_parser("shell", help="a Django shell, with the services there")
    commands.add_parser("manage", help="any Django command, with the services there")
    commands.add_parser(
        "peer", help="one of the other systems alone: peer nhr --port N"
    )
    return parser


def _run(layout: Layout, arguments: list[str]) -> int:
    if arguments and arguments[0] in _PASSED_ON:
        return _PASSED_ON[arguments[0]](layout, arguments[1:])
    options = build_parser().parse_args(arguments)
    if options.command == "token":
        wanted = (options.client, options.scopes)
        print_token(layout, *wanted, show_secret=options.show_secret)
    elif options.command == "login":
        print_login(layout)
    else:
        address = Address(options.host, options.port)
        run_demo(layout, address, fresh=options.fresh)
    return 0


def _is_demo(arguments: list[str]) -> bool:
    return not {"test", "shell", "manage", "token", "login", "peer"} & set(arguments)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 1 to {_MAX_PORT}")
    return int(text)
