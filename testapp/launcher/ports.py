"""Find and check free TCP ports."""

from __future__ import annotations

import socket
from contextlib import suppress

from testapp.launcher.errors import LauncherError


def free_port(preferred: int = 0) -> int:
    """Return a port of the loopback address that was free a moment ago.

    It is the preferred one, unless that is in use.
    """
    if preferred:
        with suppress(LauncherError):
            require_free("127.0.0.1", preferred)
            return preferred
    # without SO_REUSEADDR, which also finds ports that have connections
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        return int(candidate.getsockname()[1])


def require_free(host: str, port: int) -> None:
    """Raise LauncherError, with a remedy, if we couldn't listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise LauncherError(
            f"port {port} on {host}: {error.strerror}: choose another --port or --host"
        ) from None
