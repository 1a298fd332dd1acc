"""A connection pooler whose server is down: clients log in, and statements fail."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

LOGIN = 196608  # version 3.0 of the protocol; other numbers ask for encryption
PARAMETERS = {
    "server_version": "15.4",
    "server_encoding": "UTF8",
    "client_encoding": "UTF8",
    "DateStyle": "ISO, MDY",
    "TimeZone": "UTC",
    "integer_datetimes": "on",
    "standard_conforming_strings": "on",
}
FAILURE = b"SFATAL\0VFATAL\0C08P01\0Mserver login has been failing, try again later\0\0"


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


class _Client(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        while self._startup() != LOGIN:
            self.wfile.write(b"N")
        self.wfile.write(message(b"R", struct.pack("!i", 0)))
        for name, value in PARAMETERS.items():
            self.wfile.write(message(b"S", f"{name}\0{value}\0".encode()))
        self.wfile.write(message(b"K", struct.pack("!ii", 1, 1)))
        self.wfile.write(message(b"Z", b"I"))
        if self.rfile.read(1) in (b"Q", b"P"):
            self.wfile.write(message(b"E", FAILURE))

    def _startup(self) -> int:
        """Read a message of a client that isn't logged in, and return its number."""
        length, number = struct.unpack("!ii", self.rfile.read(8))
        self.rfile.read(length - 8)
        return int(number)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def pooler_without_server() -> Iterator[int]:
    """Yield the port of the pooler in this context."""
    with _Server(("127.0.0.1", 0), _Client) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
