"""A web server on this machine, for what stands at the far end of a wire."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from testapp.peers.answers import Server


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[int]:
    """The port of a server that listens as long as the context lasts."""
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
    """Answers paths as ``routes`` says, and remembers what it was asked.

    A route is a status, a URL to redirect to, or a function of the handler.
    """

    port: int = 0
    routes: dict[str, int | str | Callable[[Any], None]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append((handler.path, dict(handler.headers.items())))
        route = self.routes.get(handler.path, 404)
        if callable(route):
            route(handler)
            return
        handler.send_response(route if isinstance(route, int) else 302)
        if isinstance(route, str):
            handler.send_header("Location", route)
        handler.send_header("Content-Length", "0")
        handler.end_headers()


@contextmanager
def web_server() -> Iterator[WebServer]:
    """A server that listens on loopback as long as the context lasts."""
    state = WebServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.answer(self)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            state.answer(self)

        def log_message(self, *args: Any) -> None: ...

    with serving(Server(("127.0.0.1", 0), Handler)) as port:
        state.port = port
        try:
            yield state
        finally:
            state.stopping.set()
