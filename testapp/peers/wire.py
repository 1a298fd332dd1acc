"""HTTP servers for stand-ins: a function from a request to a reply, in threads.

Uses ``http.server``, because WSGI servers don't expose the connection: KVK Dataservice
needs the client's certificate, and tests send half a response or reset a connection.
"""

from __future__ import annotations

import json
import queue
import signal
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

HOST = "127.0.0.1"
MOST_BYTES = 1024 * 1024


@dataclass
class Request:
    """A request. ``connection`` is its socket."""

    method: str
    target: str
    headers: Any
    body: bytes
    connection: Any

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """Return the parameters of the URL. The last value of repeated ones counts."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def origin(self) -> str:
        return f"http://{self.headers.get('Host', '')}"

    @property
    def certificate(self) -> bytes:
        """Return the certificate of the client in DER, or b"" without one."""
        return self.connection.getpeercert(binary_form=True) or b""


@dataclass
class Reply:
    """A response. Content is sent as JSON, except bytes, which are sent unchanged."""

    status: int = 200
    content: Any = None
    kind: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        if self.content is None or isinstance(self.content, bytes):
            return self.content or b""
        return json.dumps(self.content).encode()

    def all_headers(self) -> dict[str, str]:
        problem = "problem+" if self.status >= 400 else ""
        headers = {"Content-Type": self.kind or f"application/{problem}json"}
        if self.status != 204:
            headers["Content-Length"] = str(len(self.body()))
        return headers | self.headers

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        """Write it to the connection of the handler."""
        handler.send_response(self.status)
        for name, value in self.all_headers().items():
            handler.send_header(name, value)
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(self.body())


Answer = Callable[[Request], Reply]


class Handler(BaseHTTPRequestHandler):
    """Reads requests from a connection, and writes the replies of the server."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 60
    # with a header and its body in two packets, each side would wait for the other
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, *args: Any) -> None:
        """Log nothing, because a query can contain personal data."""

    def serve(self) -> None:
        """Handle one request."""
        length = min(int(self.headers.get("Content-Length") or 0), MOST_BYTES)
        body = self.rfile.read(length)
        request = Request(self.command, self.path, self.headers, body, self.connection)
        self.server.answer(request).send(self)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = serve  # noqa: N815


class Server(ThreadingHTTPServer):
    """Listens after construction. Port 0 selects a free port; a context enables TLS."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(
        self,
        answer: Answer,
        port: int = 0,
        host: str = HOST,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.answer, self.context = answer, context
        super().__init__((host, port), Handler)

    def get_request(self) -> tuple[Any, Any]:
        """Accept a connection. The thread of the connection does the TLS handshake."""
        connection, address = super().get_request()
        if self.context is not None:
            connection = self.context.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        return connection, address

    def handle_error(self, *args: Any) -> None:
        """Ignore that a client has disconnected."""

    def serve_in_background(self) -> None:
        """Serve in a thread, until the process ends."""
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()

    def serve_until_stopped(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self._stop)
        self.serve_forever(0.1)
        self.server_close()

    def _stop(self, *_: object) -> None:
        # from another thread, because this one serves
        threading.Thread(target=self.shutdown).start()


def direct_session(authorization: str = "") -> requests.Session:
    """Return a session without proxies and passwords of the environment."""
    session = requests.Session()
    session.trust_env = False
    if authorization:
        session.headers["Authorization"] = authorization
    return session


def post(url: str, content: Any, authorization: str) -> int | str:
    """POST it, and return the status of the response, or the name of an exception."""
    try:
        with direct_session(authorization) as session:
            answer = session.post(url, json=content, timeout=10, allow_redirects=False)
    except requests.RequestException as error:
        return type(error).__name__
    return answer.status_code


class Background(queue.Queue[Any]):
    """A queue with a separate thread, which calls ``work`` with each item."""

    def __init__(self, work: Callable[[Any], object]) -> None:
        super().__init__()
        self.work = work
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            self.work(self.get())
            self.task_done()
