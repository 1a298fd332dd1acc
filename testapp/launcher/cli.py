"""The command line of `python3 -m testapp`. Standard library only."""

from __future__ import annotations

import argparse
import os
import signal
import sys

from testapp.launcher.errors import LauncherError
from testapp.launcher.installing import install
from testapp.launcher.layout import find_layout

_MAX_PORT = 65535
# The arguments of these commands are for other programs, so they aren't parsed.
_PASSED_ON = ("test", "manage", "peer")
_DESCRIPTION = "Sets up and runs the demo host in the foreground, until Ctrl-C."
_EPILOG = """\
environment:
  DATABASE_URL, REDIS_URL  use these services instead of starting some
  TESTAPP_DIR              the data folder (.testapp in the checkout)
"""


def main(arguments: list[str]) -> None:
    """Install what a command needs, and continue in its virtual environment."""
    # Without a traceback. pip gets its own Ctrl-C, and cleans up.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    command = parse(arguments).command
    try:
        python = str(install(find_layout(os.environ), command))
    except LauncherError as error:
        sys.exit(f"testapp: {error}")
    os.execv(python, [python, "-m", "testapp.launcher", *arguments])  # noqa: S606


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options, with `command` None for the demo. Exits if there's an error.

    `rest` is the list of arguments of a command that passes them on.
    """
    if arguments and arguments[0] in _PASSED_ON:
        return argparse.Namespace(command=arguments[0], rest=arguments[1:])
    return _build_parser().parse_args(arguments)


def _build_parser() -> argparse.ArgumentParser:
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
    token = commands.add_parser("token", help="print a JWT for the API")
    token.add_argument("--client", default="demo", help="client id (%(default)s)")
    commands.add_parser("login", help="print address and login of the admin")
    # only for the help
    commands.add_parser("test", help="run the checks; tox arguments may follow")
    commands.add_parser("manage", help="any Django command, on the running demo")
    commands.add_parser(
        "peer", help="one of the other systems alone: peer nhr --port N"
    )
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 1 to {_MAX_PORT}")
    return int(text)
