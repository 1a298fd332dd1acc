"""A hostile server, which sends raw bytes for as long as the client reads."""

from __future__ import annotations

import gzip
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

MEGABYTE = 1024 * 1024
MOST = 512 * MEGABYTE
"""Size at which an endless response ends. No client should read this much."""

IN_BUFFERS = 16 * MEGABYTE
"""Size that exceeds the buffers of a connection that nobody reads from."""

BOMB = gzip.compress(bytes(256 * MEGABYTE), 9)
"""A quarter of a megabyte."""

Answer = Callable[["Hostile", socket.socket], None]


@dataclass
class Hostile:
    """Gives each connection the same ``answer``.

    ``sent`` counts the bytes that were taken from it, ``open`` and ``most_open`` the
    current and the maximum number of connections, and ``asked`` all connections.
    """

    answer: Answer
    port: int = 0
    sent: int = 0
    asked: int = 0
    open: int = 0
    most_open: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def send(self, connection: socket.socket, content: bytes) -> None:
        connection.sendall(content)
        with self.lock:
            self.sent += len(content)

    def pour(self, connection: socket.socket, content: bytes) -> None:
        """Yield this again and again."""
        while self.sent < MOST and not self.released.is_set():
            self.send(connection, content)

    def handle(self, connection: socket.socket) -> None:
        with self.lock:
            self.asked += 1
            self.open += 1
            self.most_open = max(self.most_open, self.open)
        try:
            with suppress(OSError):
                connection.recv(65536)
                self.answer(self, connection)
        finally:
            with self.lock:
                self.open -= 1


@contextmanager
def hostile_server(answer: Answer) -> Iterator[Hostile]:
    """Run a server in this context. Open connections are closed at the end."""
    state = Hostile(answer)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            state.handle(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 64

    # on every loopback address: each is a separate host for clients
    with Server(("0.0.0.0", 0), Handler) as server:  # noqa: S104
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield state
        finally:
            state.released.set()
            server.shutdown()
            thread.join()


def head(status: int, *headers: str) -> bytes:
    """Return the status line and headers, with the empty line after them."""
    return "\r\n".join([f"HTTP/1.1 {status} X", *headers, "", ""]).encode()


def endless_redirect(server: Hostile, connection: socket.socket) -> None:
    server.send(connection, head(302, "Location: /next"))
    server.pour(connection, bytes(65536))


def packed_redirect(server: Hostile, connection: socket.socket) -> None:
    headers = ("Location: /next", "Content-Encoding: gzip")
    server.send(connection, head(302, *headers, f"Content-Length: {len(BOMB)}"))
    server.send(connection, BOMB)


def bomb(server: Hostile, connection: socket.socket) -> None:
    headers = ("Content-Encoding: gzip", "Content-Type: application/json")
    server.send(connection, head(200, *headers, f"Content-Length: {len(BOMB)}"))
    server.send(connection, BOMB)


def endless_body(server: Hostile, connection: socket.socket) -> None:
    server.send(connection, head(200, "Content-Type: application/json"))
    server.pour(connection, b" " * 65536)


def endless_header(server: Hostile, connection: socket.socket) -> None:
    server.send(connection, b"HTTP/1.1 200 OK\r\n")
    server.pour(connection, b"X-Header: " + b"x" * 60000 + b"\r\n")


def endless_continue(server: Hostile, connection: socket.socket) -> None:
    server.pour(connection, head(100, "X-Header: " + "x" * 1000) * 60)


def endless_chunk_line(server: Hostile, connection: socket.socket) -> None:
    server.send(connection, head(200, "Transfer-Encoding: chunked") + b"1;")
    server.pour(connection, b"x" * 65536)


def endless_trailer(server: Hostile, connection: socket.socket) -> None:
    start = head(200, "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\nX-Trailer: "
    server.send(connection, start)
    server.pour(connection, b"x" * 65536)


def silence(server: Hostile, connection: socket.socket) -> None:
    server.released.wait(60)


HOSTILE: dict[str, Answer] = {
    "redirect": endless_redirect,
    "packed redirect": packed_redirect,
    "bomb": bomb,
    "body": endless_body,
    "header": endless_header,
    "continue": endless_continue,
    "chunk line": endless_chunk_line,
    "trailer": endless_trailer,
}
