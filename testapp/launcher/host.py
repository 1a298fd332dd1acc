"""The demo host: its environment, its Django commands, and the table of its parts."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from testapp.launcher.folders import CHECKOUT
from testapp.launcher.keys import Keys, load_keys, write_private
from testapp.launcher.peers import Peers
from testapp.launcher.processes import Part
from testapp.launcher.services import Urls

API_PATH = "/klanten/api/v1"
_ANY_ADDRESS = {"0.0.0.0", "::", ""}  # noqa: S104 - what `--host` may say
# Without the query string, because a filter on a BSN is personal data.
_ACCESS_LOG = "%(h)s %(m)s %(U)s %(s)s %(M)s ms"
_GUNICORN = (
    # a subject or a slow client blocks one thread, not the host
    "--worker-class=gthread",
    "--threads=8",
    # import Django once, instead of once per worker
    "--preload",
    "--log-level=warning",
    "--access-logfile=-",
    f"--access-logformat={_ACCESS_LOG}",
    "--graceful-timeout=5",
    "--no-control-socket",
)
_CELERY = ("celery", "--quiet", "--app", "testapp.celery:app")
_WORKER = ("--loglevel=INFO", "--concurrency=2", "--without-gossip", "--without-mingle")


@dataclass(frozen=True)
class Address:
    """The address of the API."""

    host: str
    port: int

    @property
    def reachable(self) -> str:
        """Return host and port for a URL on this machine."""
        is_any = self.host in _ANY_ADDRESS
        return Address("127.0.0.1", self.port).bind if is_any else self.bind

    @property
    def bind(self) -> str:
        """Return host and port in gunicorn's format."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.reachable}"

    @property
    def allowed_hosts(self) -> str:
        """Return the allowed host names: all, if it listens on all addresses."""
        if self.host in _ANY_ADDRESS:
            return "*"
        return ",".join(dict.fromkeys([self.host, "localhost", "127.0.0.1", "[::1]"]))


def python(module: str, *arguments: str) -> list[str]:
    """Return the command of a module in this virtual environment."""
    return [sys.executable, "-m", module, *arguments]


@dataclass(frozen=True)
class Host:
    """Django with its services."""

    data: Path
    keys: Keys
    urls: Urls
    address: Address
    peers: Peers | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables for the settings. The caller's take precedence."""
        ours = {
            "DJANGO_SETTINGS_MODULE": "testapp.settings",
            "SECRET_KEY": self.keys.secret_key,
            "SITE_DOMAIN": self.address.reachable,
            "ALLOWED_HOSTS": self.address.allowed_hosts,
            "PRIVATE_MEDIA_ROOT": str(self.data / "private-media"),
            "WEB_CONCURRENCY": "3",
            "NOTIFICATIONS_DISABLED": "no",
            "PYTHONUNBUFFERED": "1",
            # Celery refuses to run as root, but here the user chose to be root.
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
        }
        return ours | os.environ | self.urls.environment()

    def django(self, *arguments: str) -> list[str]:
        return python("django", *arguments)

    def step(self, *arguments: str) -> Part:
        """Return a Django command as a part, which ends by itself."""
        return self._part(arguments[0], self.django(*arguments))

    def own_parts(self) -> list[Part]:
        """Return the programs of the host itself: web server, worker and beat."""
        bind = f"--bind={self.address.bind}"
        schedule = str(self.data / "celerybeat-schedule")
        beat = ("beat", "--loglevel=INFO", "--pidfile=", "-s", schedule)
        # One row per program.
        table = {
            "api": python("gunicorn", bind, *_GUNICORN, "testapp.wsgi:application"),
            "worker": python(*_CELERY, "worker", *_WORKER),
            "beat": python(*_CELERY, *beat),
        }
        return [self._part(name, command) for name, command in table.items()]

    def peer_parts(self) -> list[Part]:
        """Return the other systems that the host communicates with."""
        if self.peers is None:
            return []
        client = f"demo={self.keys.clients['demo']}"
        commands = self.peers.commands(self.address.url + API_PATH, client)
        return [
            self._part(name, python(*command), **variables)
            for name, command, variables in commands
        ]

    def _part(self, name: str, command: list[str], **variables: str) -> Part:
        return Part(name, command, CHECKOUT, self.environment | variables)


def announce(host: Host) -> None:
    """Write down that the host is running, readable only by our account."""
    running = {
        "pid": os.getpid(),
        "address": asdict(host.address),
        "urls": asdict(host.urls),
    }
    write_private(running_file(host.data), json.dumps(running) + "\n")


def running_file(data: Path) -> Path:
    """Return the file with the address of the running demo, if there is one."""
    return data / "running.json"


def running_host(data: Path) -> Host | None:
    """Return the host of the running demo, or None."""
    try:
        running = json.loads(running_file(data).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if not psutil.pid_exists(running["pid"]):
        return None  # a killed demo left the file
    address, urls = Address(**running["address"]), Urls(**running["urls"])
    return Host(data, load_keys(data), urls, address)
