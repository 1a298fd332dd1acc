"""The demo host: its environment, its Django commands, and the table of its parts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from testapp.launcher.keys import Keys
from testapp.launcher.layout import Layout
from testapp.launcher.peers import Peers
from testapp.launcher.processes import Part
from testapp.launcher.services import Urls
from testapp.launcher.venv import Venv, clean_environment

API_PATH = "/klanten/api/v1"
_ANY_ADDRESS = {"0.0.0.0", "::", ""}  # noqa: S104 - what `--host` may say
# Without the query string, because a filter on a BSN is personal data.
_ACCESS_LOG = "%(h)s %(m)s %(U)s %(s)s %(M)s ms"
_THREADS = 8
_WORKERS = "3"
_WORKER_OPTIONS = (
    "--loglevel=INFO",
    "--concurrency=2",
    "--without-gossip",
    "--without-mingle",
)


@dataclass(frozen=True)
class Address:
    """The address of the API."""

    host: str
    port: int

    @property
    def reachable(self) -> str:
        """Return host and port for a URL on this machine."""
        host = "127.0.0.1" if self.host in _ANY_ADDRESS else self.host
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    @property
    def bind(self) -> str:
        """Return host and port in gunicorn's format."""
        return (
            f"[{self.host}]:{self.port}"
            if ":" in self.host
            else f"{self.host}:{self.port}"
        )

    @property
    def url(self) -> str:
        return f"http://{self.reachable}"

    @property
    def allowed_hosts(self) -> str:
        """Return the allowed host names: all, if it listens on all addresses."""
        if self.host in _ANY_ADDRESS:
            return "*"
        return ",".join(dict.fromkeys([self.host, "localhost", "127.0.0.1", "[::1]"]))


@dataclass(frozen=True)
class Host:
    """Django with its services, as seen by the programs in the virtual environment."""

    layout: Layout
    venv: Venv
    keys: Keys
    urls: Urls
    address: Address
    peers: Peers | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables for the settings. The caller's take precedence."""
        ours = {
            "DJANGO_SETTINGS_MODULE": "testapp.settings",
            "SECRET_KEY": self.keys.secret_key,
            "SITE_DOMAIN": self.address.reachable,
            "ALLOWED_HOSTS": self.address.allowed_hosts,
            "PRIVATE_MEDIA_ROOT": str(self.layout.data / "private-media"),
            "WEB_CONCURRENCY": _WORKERS,
            "NOTIFICATIONS_DISABLED": "no",
            # Celery refuses to run as root, but here the user chose to be root.
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
        }
        given = clean_environment(os.environ)
        return ours | given | self.urls.environment() | self.extra

    def django(self, *arguments: str) -> list[str]:
        return self.venv.command("django", *arguments)

    def parts(self) -> list[Part]:
        """Return the programs besides the services, in order of starting."""
        return [*self.peer_parts(), *self.own_parts()]

    def own_parts(self) -> list[Part]:
        """Return the programs of the host itself: web server, worker and beat."""
        celery = ("celery", "--quiet", "--app", "testapp.celery:app")
        schedule = str(self.layout.data / "celerybeat-schedule")
        # One row per program.
        table: list[tuple[str, list[str]]] = [
            ("api", self.venv.command("gunicorn", *self._gunicorn_options())),
            ("worker", self.venv.command(*celery, "worker", *_WORKER_OPTIONS)),
            (
                "beat",
                self.venv.command(
                    *celery, "beat", "--loglevel=INFO", "--pidfile=", "-s", schedule
                ),
            ),
        ]
        return [self._part(name, command, {}) for name, command in table]

    def peer_parts(self) -> list[Part]:
        """Return the other systems that the host communicates with."""
        if self.peers is None:
            return []
        client = f"demo={self.keys.clients['demo']}"
        return [
            self._part(
                peer.part,
                self.venv.command(f"testapp.peers.{peer.program}", *peer.options),
                dict(peer.environment),
            )
            for peer in self.peers.commands(self.address.url + API_PATH, client)
        ]

    def _part(self, name: str, command: list[str], extra: dict[str, str]) -> Part:
        env = self.environment | extra
        return Part(name=name, command=command, cwd=self.layout.checkout, env=env)

    def _gunicorn_options(self) -> list[str]:
        return [
            f"--bind={self.address.bind}",
            # a subject or a slow client blocks one thread, not the host
            "--worker-class=gthread",
            f"--threads={_THREADS}",
            # import Django once, instead of once per worker
            "--preload",
            "--log-level=warning",
            "--access-logfile=-",
            f"--access-logformat={_ACCESS_LOG}",
            "--graceful-timeout=5",
            "--no-control-socket",
            "testapp.wsgi:application",
        ]
