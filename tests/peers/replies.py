"""Replies that reset the connection, or send their body in parts."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

from testapp.peers.wire import Reply


class Cut(Reply):
    """No response: the connection is reset."""

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        """Send RST instead of FIN, like the system of a crashed program."""
        linger = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        handler.connection.close()
        handler.close_connection = True


CUT = Cut()


@dataclass
class Streamed(Reply):
    """A response whose body is sent in parts, until the connection is closed.

    ``Content-Length`` is that of the content. Without content there is no such header.
    """

    parts: Iterable[bytes] = ()

    def all_headers(self) -> dict[str, str]:
        headers = super().all_headers()
        if self.content is None:
            del headers["Content-Length"]
        return headers

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        """Send each part at once."""
        handler.close_connection = True
        handler.send_response(self.status)
        for name, value in self.all_headers().items():
            handler.send_header(name, value)
        handler.end_headers()
        for part in self.parts:
            handler.wfile.write(part)
            handler.wfile.flush()
