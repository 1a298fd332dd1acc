"""Find and check free TCP ports."""

from __future__ import annotations

import errno
import os
import socket

from testapp.launcher.errors import LauncherError


def free_port() -> int:
    """Return a port of the loopback address that was free a moment ago."""
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        return int(candidate.getsockname()[1])


def is_free(host: str, port: int) -> bool:
    """Return whether we could listen there."""
    try:
        _listen(host, port)
    except OSError:
        return False
    return True


def require_free(host: str, port: int) -> None:
    """Raise LauncherError, with a remedy, if we couldn't listen there."""
    try:
        _listen(host, port)
    except socket.gaierror:
        raise LauncherError(
            f"--host {host}: this machine doesn't know that name"
        ) from None
    except OSError as error:
        why = (
            "is taken" if error.errno == errno.EADDRINUSE else os.strerror(error.errno)
        )
        raise LauncherError(
            f"port {port} on {host} {why}: choose another with --port"
        ) from None


def _listen(host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as candidate:
        # Like gunicorn: lingering connections of a stopped server don't count.
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        candidate.bind(address)
        candidate.listen()
