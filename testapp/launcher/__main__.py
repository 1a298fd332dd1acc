"""A command of `python3 -m testapp`, in its virtual environment."""

from __future__ import annotations

import argparse
import os
import sys

from testapp.launcher.cli import parse
from testapp.launcher.errors import LauncherError
from testapp.launcher.interrupts import stop_on_signals
from testapp.launcher.layout import Layout, find_layout

_INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    """Run a command, and return the exit status."""
    options = parse(arguments)
    stop_on_signals()
    try:
        return _run(find_layout(os.environ), options)
    except LauncherError as error:
        print(f"testapp: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        # It was asked to stop, and did: for the demo this is success.
        return _INTERRUPTED if options.command else 0


def _run(layout: Layout, options: argparse.Namespace) -> int:
    # Imported here, because the environments of the demo and the checks differ.
    if options.command == "test":
        from testapp.launcher.testing import run_checks

        return run_checks(layout, options.rest)
    from testapp.launcher import commands, demo

    match options.command:
        case "manage":
            commands.manage(layout, options.rest)
        case "peer":
            commands.run_peer(options.rest)
        case "token":
            commands.print_token(layout, options.client)
        case "login":
            commands.print_login(layout)
        case _:
            demo.run_demo(layout, options.host, options.port, fresh=options.fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
