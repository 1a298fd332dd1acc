"""Base of the stand-ins: routes, tokens, command line.

A stand-in is a subclass of :class:`StandIn` with a method for each route.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from testapp.peers.tokens import Applications, Problem
from testapp.peers.wire import HOST, Reply, Request, Server

Route = tuple[str, "re.Pattern[str]", str]


def route(method: str, path: str) -> Callable[[Any], Any]:
    """Make a method handle this path. Each ``{name}`` in it becomes an argument."""
    pattern = re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path))

    def mark(function: Any) -> Any:
        function.route = (method, pattern)
        return function

    return mark


class StandIn:
    """A stand-in for a remote system, called with a request.

    Methods marked with :func:`route` respond. ``headers`` are added to every reply.
    """

    routes: ClassVar[list[Route]] = []
    headers: dict[str, str] = {}

    def __init_subclass__(cls) -> None:
        marked = [
            (*function.route, name)
            for name, function in vars(cls).items()
            if hasattr(function, "route")
        ]
        cls.routes = [*cls.routes, *marked]

    def __init__(self, applications: Applications | None = None) -> None:
        self.applications = applications or Applications()
        self.lock = threading.RLock()

    def __call__(self, request: Request) -> Reply:
        try:
            reply = self.answer(request)
        except Problem as problem:
            reply = problem.reply(request.origin)
        return replace(reply, headers=self.headers | reply.headers)

    def answer(self, request: Request) -> Reply:
        """Find the method for this path, check the credentials, and call it."""
        matches = [
            (method, name, match)
            for method, pattern, name in self.routes
            if (match := pattern.fullmatch(request.path))
        ]
        if not matches:
            return self.nowhere(request)
        self.check(request)
        for method, name, match in matches:
            if request.method.replace("HEAD", "GET") == method:
                return self.finish(getattr(self, name)(request, **match.groupdict()))
        raise Problem(405, "method_not_allowed")

    def started(self, origin: str) -> None:
        """Run once its own address is known."""

    def nowhere(self, request: Request) -> Reply:
        """Respond to a path without a route."""
        return Reply(404, b"<h1>Not Found</h1>", "text/html")

    def check(self, request: Request) -> None:
        """Raise :class:`Problem` for invalid credentials."""
        self.applications.check(request.headers.get("Authorization", ""))

    def finish(self, reply: Any) -> Reply:
        """Return the reply of a route. A plain value becomes the content of a 200."""
        return reply if isinstance(reply, Reply) else Reply(200, reply)

    def parse(self, request: Request) -> Any:
        """Return the parsed JSON of a body."""
        try:
            return json.loads(request.body or b"{}")
        except ValueError:
            raise Problem(400, "parse_error") from None


def make_parser(description: str, variable: str = "") -> argparse.ArgumentParser:
    """Return a parser with the options of every stand-in.

    Applications may also come from this environment variable, separated by commas.
    """
    given = os.environ.get(variable, "").split(",")
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, help="the file that keeps everything")
    parser.add_argument(
        "--application",
        action="append",
        metavar="ID=SECRET",
        default=list(filter(None, given)),
        help="repeatable: who may do everything here",
    )
    return parser


def applications(options: argparse.Namespace) -> Applications:
    """Return the applications of ``--application``, which have all permissions."""
    return Applications(dict(each.split("=", 1) for each in options.application))


def run(standin: StandIn, options: argparse.Namespace) -> None:
    """Serve until SIGTERM or SIGINT."""
    server = Server(standin, options.port, options.host)
    standin.started(f"http://{options.host}:{server.server_port}")
    server.serve_until_stopped()
