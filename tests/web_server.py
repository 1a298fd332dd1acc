"""A local web server, to represent remote systems."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer

from testapp.peers.wire import Answer, Reply, Request, Server


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[int]:
    """Yield the port of a server in this context."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@dataclass
class WebServer:
    """Responds to paths as in ``routes``, and records requests.

    A route is a status, a URL to redirect to, or a function of the request. Other paths
    get the status ``otherwise``.
    """

    port: int = 0
    routes: dict[str, int | str | Answer] = field(default_factory=dict)
    otherwise: int = 404
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def __call__(self, request: Request) -> Reply:
        self.asked.append((request.target, dict(request.headers.items())))
        route = self.routes.get(request.target, self.otherwise)
        if isinstance(route, int):
            return Reply(route)
        if isinstance(route, str):
            return Reply(302, headers={"Location": route})
        return route(request)


@contextmanager
def web_server() -> Iterator[WebServer]:
    """Run a server on loopback in this context."""
    state = WebServer()
    with serving(Server(state)) as port:
        state.port = port
        try:
            yield state
        finally:
            state.stopping.set()
