"""Start commands of the engines: PostgreSQL, PgBouncer, Valkey, Sentinel and nginx.

PgBouncer and nginx use the examples of ``docs/deploy``.
"""

from __future__ import annotations

import os
import pwd
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from testapp.launcher.errors import LauncherError
from testapp.launcher.folders import own_folder
from testapp.launcher.keys import write_private
from testapp.launcher.postgres import DATABASE, USER, Cluster
from testapp.launcher.processes import Part, Supervisor
from testapp.launcher.wheels import Wheels

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "docs" / "deploy"
PLAIN = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
MASTER = "klanten"
QUORUM = 2


def program(name: str) -> str:
    """Return the path of an installed program. Raises LauncherError without it."""
    found = shutil.which(name, path=f"{os.defpath}:/usr/sbin:/sbin")
    if found is None:
        raise LauncherError(f"{name} isn't installed (apt install {name})")
    return found


def example(name: str, changes: dict[str, str]) -> str:
    """Return the example, with the addresses and folders of this run."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    for before, after in changes.items():
        if before not in text:
            raise AssertionError(f"{before!r} isn't in docs/deploy/{name}")
        text = text.replace(before, after)
    return text


def copy_of(supervisor: Supervisor, cluster: Cluster, name: str, port: int) -> Cluster:
    """Return a replica of the server at ``port``, as a new folder."""
    replica = replace(cluster, parent=cluster.parent.parent / name)
    shutil.rmtree(replica.parent, ignore_errors=True)
    own_folder(replica.parent, cluster.account)
    url = cluster.url(port).replace("postgres://", "postgresql://")
    supervisor.run(
        cluster.program(
            "pg_basebackup",
            *("-D", str(replica.data), "-R", "-X", "stream", "-c", "fast"),
            *("-d", f"{url}?application_name={name}"),
        )
    )
    return replica


@dataclass(frozen=True)
class Pooler:
    """PgBouncer, with its files in a folder of the account that runs it."""

    folder: Path
    account: str | None
    password: str
    port: int

    def part(self) -> Part:
        """Write the configuration, and return the server."""
        own_folder(self.folder, self.account)
        self._write("userlist.txt", f'"{USER}" "{self.password}"\n')
        changes = {
            "/etc/pgbouncer": str(self.folder),
            "listen_addr = 0.0.0.0": "listen_addr = 127.0.0.1\nunix_socket_dir =",
            "listen_port = 6432": f"listen_port = {self.port}",
        }
        self._write("pgbouncer.ini", example("pgbouncer.ini", changes))
        return Part(
            name="pgbouncer",
            command=[program("pgbouncer"), str(self.folder / "pgbouncer.ini")],
            cwd=Path("/"),
            env=PLAIN,
            user=self.account,
            grace=10,
        )

    def point_at(self, primary: int, replica: int) -> None:
        """Write the file that a failover changes."""
        changes = {
            "host=primary port=5432": f"host=127.0.0.1 port={primary}",
            "host=replica port=5432": f"host=127.0.0.1 port={replica}",
            "dbname=klanten": f"dbname={DATABASE}",
        }
        self._write("databases.ini", example("pgbouncer-databases.ini", changes))

    def url(self) -> str:
        return f"postgres://{USER}:{self.password}@127.0.0.1:{self.port}/klanten"

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        write_private(path, text)
        if self.account:
            shutil.chown(path, self.account, pwd.getpwnam(self.account).pw_gid)


@dataclass(frozen=True)
class Valkey:
    """Redis-compatible servers: a master, a replica of it, and Sentinels."""

    wheels: Wheels
    folder: Path
    password: str

    def server(self, name: str, port: int, master: int = 0) -> Part:
        """Return a server, as replica of the server at the port ``master`` if given."""
        lines = [
            *self._common(name, port),
            f"requirepass {self.password}",
            f"masterauth {self.password}",
            *('save ""', "appendonly no", "repl-diskless-sync-delay 0"),
            *([f"replicaof 127.0.0.1 {master}"] if master else []),
        ]
        return self._part(name, lines)

    def sentinel(self, name: str, port: int, master: int) -> Part:
        """Return a Sentinel that watches the master."""
        lines = [
            *self._common(name, port),
            f"requirepass {self.password}",
            f"sentinel monitor {MASTER} 127.0.0.1 {master} {QUORUM}",
            f"sentinel auth-pass {MASTER} {self.password}",
            f"sentinel down-after-milliseconds {MASTER} 2000",
            f"sentinel failover-timeout {MASTER} 10000",
        ]
        return self._part(name, lines, "--sentinel")

    def _common(self, name: str, port: int) -> list[str]:
        folder = self.folder / name
        folder.mkdir(mode=0o700, exist_ok=True)
        return ["bind 127.0.0.1", f"port {port}", f'dir "{folder}"', "loglevel notice"]

    def _part(self, name: str, lines: list[str], *options: str) -> Part:
        configuration = self.folder / name / "server.conf"
        write_private(configuration, "\n".join(lines) + "\n")
        command = [str(self.wheels.valkey), str(configuration), *options]
        return Part(name=name, command=command, cwd=self.folder, env=PLAIN)


def nginx(folder: Path, port: int, hosts: dict[str, str]) -> Part:
    """Return nginx in front of these web hosts, without TLS. ``hosts``: by name."""
    changes = {f"{name}:8000": address for name, address in hosts.items()}
    site = example(
        "nginx-machines.conf",
        changes
        | {"listen 443 ssl": f"listen 127.0.0.1:{port}", "/var/log/nginx": str(folder)},
    )
    site = "\n".join(
        line for line in site.splitlines() if "ssl_certificate" not in line
    )
    temporary = "\n".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"{user} daemon off; pid {folder}/nginx.pid; error_log {folder}/start.log;"
        f"events {{}} http {{ {temporary}\n{site} }}",
        encoding="utf-8",
    )
    command = [program("nginx"), "-c", str(configuration)]
    return Part(name="nginx", command=command, cwd=folder, env=PLAIN)
