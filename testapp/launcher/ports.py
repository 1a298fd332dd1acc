"""Find and check free TCP ports."""

from __future__ import annotations

import errno
import os
import socket

from testapp.launcher.errors import LauncherError

_MAX_PORT = 65535
_ALTERNATIVES = 50


def free_port() -> int:
    """Return a port of the loopback address that was free a moment ago."""
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        return int(candidate.getsockname()[1])


def is_free(host: str, port: int) -> bool:
    """Return whether we could listen there."""
    return _bind_error(host, port) is None


def require_free(host: str, port: int) -> None:
    """Raise LauncherError, with a remedy, if we couldn't listen there."""
    try:
        error = _bind_error(host, port)
    except socket.gaierror:
        raise LauncherError(
            f"--host {host}: this machine doesn't know that name"
        ) from None
    if error is None:
        return
    if error == errno.EADDRINUSE:
        raise LauncherError(
            f"port {port} on {host} is taken: stop what listens there, or choose "
            f"another with --port {_alternative(host, port)}"
        )
    if error == errno.EACCES:
        raise LauncherError(
            f"port {port} needs root: choose one above 1023 with --port"
        )
    raise LauncherError(f"can't listen on {host}, port {port}: {os.strerror(error)}")


def _alternative(host: str, port: int) -> int:
    following = range(port + 1, min(port + _ALTERNATIVES, _MAX_PORT))
    return next((each for each in following if not _bind_error(host, each)), 8080)


def _bind_error(host: str, port: int) -> int | None:
    """Return the errno of listening there, or None if it succeeds."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as candidate:
        # Like gunicorn: lingering connections of a stopped server don't count.
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind(address)
            candidate.listen()
        except OSError as error:
            return error.errno
    return None
