"""The command line of `python3 -m testapp`.

It runs with any Python and only the standard library, installs what the command needs,
and continues in the virtual environment of the command.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from testapp.launcher.errors import LauncherError
from testapp.launcher.folders import data_folder
from testapp.launcher.installing import install
from testapp.launcher.keys import CLIENTS
from testapp.launcher.processes import STOP_SIGNALS

_MAX_PORT = 65535
_INTERRUPTED = 130
# The arguments of these commands are for other programs, so they aren't parsed.
_PASSED_ON = ("test", "manage", "peer")
_DESCRIPTION = "Sets up and runs the demo host in the foreground, until Ctrl-C."
_EPILOG = """\
environment:
  DATABASE_URL, REDIS_URL  use these services instead of starting some
  TESTAPP_DIR              the data folder (.testapp in the checkout)
"""


def main(arguments: list[str], *, is_installed: bool = False) -> int:
    """Run a command, and return the exit status.

    Unless `is_installed`, install what it needs and continue in its environment.
    """
    options = parse(arguments)
    for each in STOP_SIGNALS:
        signal.signal(each, signal.default_int_handler)
    try:
        data = data_folder(os.environ)
        if is_installed:
            return _run(data, options)
        python = str(install(data, options.command))
        os.execv(python, [python, "-m", "testapp.launcher", *arguments])  # noqa: S606
    except LauncherError as error:
        print(f"testapp: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        # It was asked to stop, and did: for the demo this is success.
        return _INTERRUPTED if options.command else 0


def _run(data: Path, options: argparse.Namespace) -> int:
    # Imported here, because the environments of the demo and the checks differ.
    if options.command == "test":
        from testapp.launcher.testing import run_checks

        return run_checks(data, options.rest)
    from testapp.launcher import demo

    match options.command:
        case "manage":
            demo.manage(data, options.rest)
        case "peer":
            demo.run_peer(options.rest)
        case "token":
            demo.print_token(data, options.client)
        case "login":
            demo.print_login(data)
        case _:
            demo.run_demo(data, options.host, options.port, fresh=options.fresh)
    return 0


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
    token.add_argument("--client", choices=CLIENTS, default="demo", help="client id")
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
