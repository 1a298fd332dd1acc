"""Replacements of the broker: one in memory, or servers that don't respond usefully."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from celery import current_app
from kombu import Connection

from klanten_plugin import tasks

IN_MEMORY = "memory://"


def use_broker(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Send messages to this broker, without a remembered outage."""
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", url)
    tasks.quiet_until.clear()


@dataclass
class Messages:
    """The messages in the broker that nobody has taken yet."""

    def take(self) -> list[tuple[str, Any, bytes]]:
        """Take all messages, and return their names and arguments."""
        queue_name = current_app.conf.task_default_queue
        taken = []
        with Connection(IN_MEMORY) as connection:
            queue = connection.SimpleQueue(queue_name)
            while len(queue):
                message = queue.get(block=False)
                message.ack()
                whole = repr((message.headers, message.body)).encode()
                args, kwargs, _embed = message.payload
                taken.append((message.headers["task"], (args, kwargs), whole))
            queue.close()
        return taken

    def names(self) -> list[str]:
        """Return the names of the queued tasks."""
        return [name for name, _arguments, _whole in self.take()]


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Messages]:
    """A broker that accepts everything."""
    use_broker(monkeypatch, IN_MEMORY)
    messages = Messages()
    messages.take()
    yield messages
    messages.take()


@dataclass
class Useless:
    """A server that accepts connections, and closes them or doesn't respond."""

    port: int
    hangs_up: bool
    visits: int = 0
    guests: list[socket.socket] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


@contextmanager
def useless_broker(*, hangs_up: bool) -> Iterator[Useless]:
    """Count the connections to such a server in this context."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        useless = Useless(server.getsockname()[1], hangs_up)
        thread = threading.Thread(target=_receive, args=(server, useless))
        thread.start()
        try:
            yield useless
        finally:
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for guest in useless.guests:
                guest.close()


def _receive(server: socket.socket, useless: Useless) -> None:
    with suppress(OSError):  # end of the connection
        while True:
            guest, _address = server.accept()
            useless.visits += 1
            if useless.hangs_up:
                guest.close()
            else:
                useless.guests.append(guest)
