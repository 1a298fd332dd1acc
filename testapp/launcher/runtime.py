"""Share the addresses of a running demo with other commands of the same checkout."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from testapp.launcher.errors import LauncherError
from testapp.launcher.host import Address
from testapp.launcher.keys import write_private
from testapp.launcher.layout import Layout
from testapp.launcher.locks import LockTakenError, exclusive, exclusive_now
from testapp.launcher.services import Urls


@dataclass(frozen=True)
class Runtime:
    """Addresses of the services and the API of the running demo."""

    pid: int
    api: str
    database: str
    redis: str

    @property
    def address(self) -> Address:
        """Return the address of the API, as seen from this machine."""
        parts = urlsplit(self.api)
        return Address(parts.hostname or "127.0.0.1", parts.port or 80)


@contextmanager
def only_demo(layout: Layout) -> Iterator[None]:
    """Hold the lock for running services in this data folder, or raise."""
    try:
        with exclusive_now(layout.data / "lock"):
            layout.runtime.unlink(missing_ok=True)
            try:
                yield
            finally:
                layout.runtime.unlink(missing_ok=True)
    except LockTakenError:
        running = running_demo(layout)
        what = (
            f"the demo of this checkout already runs, at {running.api} (process "
            f"{running.pid}): stop it with Ctrl-C there"
            if running
            else "another `python3 -m testapp` is at work in this checkout: let it end"
        )
        raise LauncherError(
            f"{what}; or set TESTAPP_DIR to another folder for a second demo"
        ) from None


@contextmanager
def turn_for_services(layout: Layout) -> Iterator[Runtime | None]:
    """Yield the running demo, or None if the caller may start the services."""
    running = running_demo(layout)
    if running:
        yield running
        return
    with exclusive(layout.data / "lock"):
        layout.runtime.unlink(missing_ok=True)
        yield None


def announce(layout: Layout, address: Address, urls: Urls) -> None:
    """Publish that the services are running, readable only by our account."""
    runtime = Runtime(os.getpid(), address.url, urls.database, urls.redis)
    write_private(layout.runtime, json.dumps(asdict(runtime)) + "\n")


def running_demo(layout: Layout) -> Runtime | None:
    """Return the running demo, or None unless its services are available."""
    try:
        with exclusive_now(layout.data / "lock"):
            return None
    except LockTakenError:
        pass
    try:
        return Runtime(**json.loads(layout.runtime.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
